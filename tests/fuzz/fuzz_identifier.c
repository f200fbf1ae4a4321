/* SPDX-License-Identifier: MIT */
/* What clients write as an identifier, and what readers deliver. The first byte: 'w', 'p' or 'l'
 * are a JSON body of that need (whole, part, linked); others a number, of the type byte % 6. */
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "access/identifier.h"
#include "access/identifier_json.h"
#include "access/identifiers.h"
#include "fuzz.h"
#include "settings/field_error.h"
#include "settings/json_memory.h"

static const struct identifier stored = {
    .uid = 7,
    .type = IDENTIFIER_PLATE,
    .is_time_permanent = true,
    .max_passes = 3,
    .passes_left = 1,
    .name = "stored",
    .number = "AB 123",
    .link_id = "link",
};

/* What is shown can be sent back, and means the same. */
static void check_accepted(const struct identifier *it)
{
    struct identifier again = *it;
    struct field_error error;
    json_t *shown = identifier_to_json(it);

    fuzz_must(shown && identifier_is_good(it));
    fuzz_must(identifier_from_json(shown, IDENTIFIER_PART, &again, &error));
    fuzz_must(!memcmp(&again, it, sizeof(again)));
    json_decref(shown);
}

static void check_body(char kind, const char *text, size_t len)
{
    enum identifier_need need = kind == 'p'   ? IDENTIFIER_PART
                                : kind == 'l' ? IDENTIFIER_LINKED
                                              : IDENTIFIER_WHOLE;
    struct identifier it = {.uid = 0};
    struct field_error error = {.field = ""};
    json_t *root = NULL;

    if (need == IDENTIFIER_PART)
        it = stored;
    if (json_memory_parse(text, len, &root, NULL))
        return;
    if (identifier_from_json(root, need, &it, &error)) {
        fuzz_must(need != IDENTIFIER_LINKED || it.link_id[0]);
        fuzz_must(it.uid == (need == IDENTIFIER_PART ? stored.uid : 0));
        if (!it.uid)
            it.uid = 1;
        /* Texts are copied with snprintf: make the bytes behind them the same for the comparison.
         */
        check_accepted(&it);
    } else {
        fuzz_must(error.error[0] && strlen(error.error) < sizeof(error.error));
    }
    json_decref(root);
}

/* The number of a card in its other spellings. */
static void check_spellings(const char *number, const struct identifier_key *key)
{
    char decimal[24], bytes[24];
    struct identifier_key other;
    unsigned long long value = 0;

    fuzz_must(key->len == 8);
    for (unsigned i = 0; i < 8; i++)
        value = value << 8 | key->bytes[i];
    (void)snprintf(decimal, sizeof(decimal), "%020llu", value);
    fuzz_must(!identifier_key_read(key->type, decimal, &other));
    fuzz_must(identifier_key_is_same(&other, key));
    for (unsigned i = 0; i < 8; i++)
        (void)snprintf(bytes + 3 * i, sizeof(bytes) - 3 * i, i < 7 ? "%02x:" : "%02X",
                       key->bytes[i]);
    fuzz_must(!identifier_key_read(key->type, bytes, &other));
    fuzz_must(identifier_key_is_same(&other, key));
    fuzz_must(identifier_key_hash(&other) == identifier_key_hash(key));
    fuzz_must(strlen(number) <= 3 * IDENTIFIER_MAX_BYTES);
}

static void check_number(enum identifier_type type, const char *number)
{
    struct identifier it = {
        .uid = 1, .type = type, .is_time_permanent = true, .is_passes_permanent = true};
    struct identifiers *table = NULL;
    struct identifier_key key;
    struct identifier got;
    bool is_number = !identifier_key_read(type, number, &key);

    if (is_number && (type == IDENTIFIER_CARD || type == IDENTIFIER_UKEY))
        check_spellings(number, &key);
    if (identifiers_new(&table))
        abort();
    if (is_number) {
        fuzz_must(strlen(number) <= IDENTIFIER_MAX_NUMBER);
        (void)snprintf(it.number, sizeof(it.number), "%s", number);
        fuzz_must(identifier_is_good(&it));
        fuzz_must(!identifiers_append(table, &it));
    }
    fuzz_must(identifiers_match(table, type, number, 0, &got) ==
              (is_number ? IDENTIFIERS_GRANTED : IDENTIFIERS_UNKNOWN));
    fuzz_must(!is_number || !memcmp(&got, &it, sizeof(it)));
    identifiers_free(table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text; /* exactly as long as the input: reading on shows */

    if (!size)
        return 0;
    text = malloc(size);
    if (!text)
        abort();
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    json_memory_init();
    if (data[0] == 'w' || data[0] == 'p' || data[0] == 'l')
        check_body((char)data[0], text, size - 1);
    else
        check_number((enum identifier_type)(data[0] % IDENTIFIER_TYPES), text);
    free(text);
    return 0;
}
