/* SPDX-License-Identifier: MIT */
#include "access/identifier.h"

#include <string.h>

#include "base/utf8.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const type_texts[IDENTIFIER_TYPES] = {
    [IDENTIFIER_CARD] = "card",    [IDENTIFIER_UKEY] = "ukey", [IDENTIFIER_CODE] = "inputCode",
    [IDENTIFIER_FACE] = "face_id", [IDENTIFIER_QR] = "qr",     [IDENTIFIER_PLATE] = "license_plate",
};

static const char *const lock_texts[IDENTIFIER_LOCKS] = {"first", "second", "all"};
static const char *const owner_texts[IDENTIFIER_OWNERS] = {"owner", "guest"};

const char *identifier_type_text(enum identifier_type type)
{
    return type_texts[type];
}

const char *identifier_lock_text(enum identifier_lock lock)
{
    return lock_texts[lock];
}

const char *identifier_owner_text(enum identifier_owner owner)
{
    return owner_texts[owner];
}

static bool find(const char *const texts[], size_t count, const char *text, unsigned *ret_i)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(texts[i], text) == 0) {
            *ret_i = i;
            return true;
        }
    }
    return false;
}

bool identifier_type_parse(const char *text, enum identifier_type *ret_type)
{
    unsigned i;

    if (!find(type_texts, COUNT(type_texts), text, &i))
        return false;
    *ret_type = (enum identifier_type)i;
    return true;
}

bool identifier_lock_parse(const char *text, enum identifier_lock *ret_lock)
{
    unsigned i;

    if (!find(lock_texts, COUNT(lock_texts), text, &i))
        return false;
    *ret_lock = (enum identifier_lock)i;
    return true;
}

bool identifier_owner_parse(const char *text, enum identifier_owner *ret_owner)
{
    unsigned i;

    if (!find(owner_texts, COUNT(owner_texts), text, &i))
        return false;
    *ret_owner = (enum identifier_owner)i;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Two digits. */
static bool read_byte(const char *text, unsigned *ret_byte)
{
    int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);

    if (low < 0)
        return false;
    *ret_byte = (unsigned)high << 4 | (unsigned)low;
    return true;
}

static bool read_decimal(const char *text, uint64_t *ret_value)
{
    size_t len = strspn(text, "0123456789");
    uint64_t value = 0;

    if (len == 0 || len > IDENTIFIER_MAX_DECIMAL || text[len])
        return false;
    for (size_t i = 0; i < len; i++) {
        if (__builtin_mul_overflow(value, (uint64_t)10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(text[i] - '0'), &value))
            return false;
    }
    *ret_value = value;
    return true;
}

/* One byte has no separator: then it must hold a letter, as two digits are a decimal number. */
static bool read_hex(const char *text, uint64_t *ret_value)
{
    uint64_t value = 0;
    unsigned byte;

    for (unsigned n = 0; n < IDENTIFIER_MAX_BYTES; n++) {
        if (!read_byte(text, &byte))
            return false;
        value = value << 8 | byte;
        text += 2;
        if (!*text) {
            *ret_value = value;
            return true;
        }
        if (*text != '-' && *text != ':')
            return false;
        text++;
    }
    return false;
}

static const char *read_card(const char *number, struct identifier_key *key)
{
    uint64_t value;

    if (!read_decimal(number, &value) && !read_hex(number, &value))
        return "must be a decimal number, or 1 to 8 bytes as hex with dashes or colons";
    key->len = sizeof(value);
    for (unsigned i = 0; i < sizeof(value); i++)
        key->bytes[i] = (unsigned char)(value >> (8 * (sizeof(value) - 1 - i)));
    return NULL;
}

static const char *read_code(const char *number, struct identifier_key *key)
{
    size_t len = strlen(number);

    if (len == 0 || len > IDENTIFIER_MAX_CODE || strspn(number, "0123456789") != len)
        return "must be 1 to 10 digits";
    key->len = (unsigned)len;
    memcpy(key->bytes, number, len);
    return NULL;
}

static const char *read_uuid(const char *number, struct identifier_key *key)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    const char *at = shape;
    unsigned byte;

    key->len = 0;
    if (strlen(number) != sizeof(shape) - 1)
        return "must be a UUID";
    while (*at) {
        if (*at == '-') {
            if (*number++ != '-')
                return "must be a UUID";
            at++;
            continue;
        }
        if (!read_byte(number, &byte))
            return "must be a UUID";
        key->bytes[key->len++] = (unsigned char)byte;
        number += 2;
        at += 2;
    }
    return NULL;
}

static const char *read_text(const char *number, struct identifier_key *key)
{
    size_t len = strlen(number);

    if (len == 0 || !identifier_text_is_good(number, IDENTIFIER_MAX_NUMBER))
        return "must have 1 to 64 characters, none of them a control character";
    key->len = (unsigned)len;
    memcpy(key->bytes, number, len);
    return NULL;
}

const char *identifier_key_read(enum identifier_type type, const char *number,
                                struct identifier_key *ret_key)
{
    ret_key->type = type;
    switch (type) {
    case IDENTIFIER_CARD:
    case IDENTIFIER_UKEY:
        return read_card(number, ret_key);
    case IDENTIFIER_CODE:
        return read_code(number, ret_key);
    case IDENTIFIER_QR:
        return read_uuid(number, ret_key);
    default:
        return read_text(number, ret_key);
    }
}

bool identifier_key_is_same(const struct identifier_key *a, const struct identifier_key *b)
{
    return a->type == b->type && a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

/* FNV-1a: short, and numbers in a row spread well enough for a table that is at most half full. */
static uint32_t mix(uint32_t hash, const void *data, size_t len)
{
    const unsigned char *bytes = data;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ bytes[i]) * UINT32_C(16777619);
    return hash;
}

/* Its low bits are the place in a table, and are made by the last bytes only. */
static uint32_t finish(uint32_t hash)
{
    hash ^= hash >> 16;
    hash *= UINT32_C(0x85ebca6b);
    hash ^= hash >> 13;
    return hash;
}

uint32_t identifier_key_hash(const struct identifier_key *key)
{
    unsigned char type = (unsigned char)key->type;

    return finish(mix(mix(UINT32_C(2166136261), &type, 1), key->bytes, key->len));
}

uint32_t identifier_text_hash(const char *text)
{
    return finish(mix(UINT32_C(2166136261), text, strlen(text)));
}

bool identifier_text_is_good(const char *text, size_t max_len)
{
    size_t len = strnlen(text, max_len + 1);
    size_t n;

    if (len > max_len)
        return false;
    for (const char *end = text + len; text < end; text += n) {
        n = utf8_character_len(text, (size_t)(end - text));
        if (n == 0)
            return false;
    }
    return true;
}

static bool time_is_good(const struct identifier *identifier)
{
    if (identifier->is_time_permanent)
        return identifier->from_s == 0 && identifier->to_s == 0;
    return identifier->from_s >= 0 && identifier->from_s <= identifier->to_s &&
           identifier->to_s <= IDENTIFIER_MAX_TIME_S;
}

static bool passes_are_good(const struct identifier *identifier)
{
    if (identifier->is_passes_permanent)
        return identifier->max_passes == 0 && identifier->passes_left == 0;
    return identifier->max_passes >= 1 && identifier->max_passes <= IDENTIFIER_MAX_PASSES &&
           identifier->passes_left <= identifier->max_passes;
}

bool identifier_is_good(const struct identifier *identifier)
{
    struct identifier_key key;

    return identifier->uid <= IDENTIFIER_MAX_UID && time_is_good(identifier) &&
           passes_are_good(identifier) &&
           identifier_text_is_good(identifier->name, IDENTIFIER_MAX_NAME) &&
           identifier_text_is_good(identifier->link_id, IDENTIFIER_MAX_LINK) &&
           identifier_text_is_good(identifier->apartment_link_id, IDENTIFIER_MAX_LINK) &&
           !identifier_key_read(identifier->type, identifier->number, &key);
}

void identifier_keep_passes(struct identifier *identifier, const struct identifier *old)
{
    bool is_same = old && !old->is_passes_permanent && old->max_passes == identifier->max_passes;

    identifier->passes_left = is_same ? old->passes_left : identifier->max_passes;
}

enum identifier_state identifier_state_at(const struct identifier *identifier, int64_t now_s)
{
    if (!identifier->is_passes_permanent && identifier->passes_left == 0)
        return IDENTIFIER_NO_PASSES;
    if (identifier->is_time_permanent)
        return IDENTIFIER_GOOD;
    if (now_s < PORTERO_RELEASED_AT_S)
        return IDENTIFIER_NO_CLOCK;
    if (now_s < identifier->from_s)
        return IDENTIFIER_NOT_YET;
    return now_s > identifier->to_s ? IDENTIFIER_EXPIRED : IDENTIFIER_GOOD;
}
