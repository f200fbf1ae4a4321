/* SPDX-License-Identifier: MIT */
/* The value of a WWW-Authenticate header: read, answered, and a user name quoted. */
#include <string.h>

#include "fuzz.h"
#include "sip/digest.h"

static void check_value(const char value[DIGEST_MAX_VALUE + 1])
{
    size_t len = strnlen(value, DIGEST_MAX_VALUE + 1);

    fuzz_must(len <= DIGEST_MAX_VALUE);
    for (size_t i = 0; i < len; i++)
        fuzz_must((unsigned char)value[i] >= 0x20 && value[i] != 0x7f);
}

static void check_challenge(const struct digest_challenge *challenge)
{
    const struct digest_request request = {
        .username = "101",
        .password = "secret",
        .method = "REGISTER",
        .uri = "sip:pbx.test",
        .cnonce = "0123456789abcdef0123456789abcdef",
        .nc = 1,
    };
    char hex[DIGEST_MAX_HEX + 1];
    int err;

    check_value(challenge->realm);
    check_value(challenge->nonce);
    check_value(challenge->opaque);
    fuzz_must(challenge->nonce[0]);
    err = digest_response(challenge, &request, hex);
    fuzz_must(!err == (challenge->algorithm != DIGEST_UNKNOWN));
    fuzz_must(err || strspn(hex, "0123456789abcdef") == strlen(hex));
    fuzz_must(err || strlen(hex) == (challenge->algorithm == DIGEST_MD5 ? 32 : 64));
}

/* What is between the quotes must not end them. */
static void check_quote(const uint8_t *data, size_t size)
{
    char text[600], quoted[640];
    size_t len = size < sizeof(text) - 1 ? size : sizeof(text) - 1;

    memcpy(text, data, len);
    text[len] = '\0';
    len = digest_quote(text, quoted, sizeof(quoted));
    if (!len)
        return;
    fuzz_must(len < sizeof(quoted) && strlen(quoted) == len && quoted[0] == '"');
    for (size_t i = 1; i < len; i++) {
        if (quoted[i] == '\\')
            i++;
        else
            fuzz_must((quoted[i] == '"') == (i == len - 1));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct digest_challenge challenge;

    if (!digest_challenge_parse((const char *)data, size, &challenge))
        check_challenge(&challenge);
    check_quote(data, size);
    return 0;
}
