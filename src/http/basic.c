/* SPDX-License-Identifier: MIT */
#include "http/basic.h"

#include <sodium.h>
#include <string.h>

static bool decode(const char *base64, char text[BASIC_MAX_TEXT + 1])
{
    size_t base64_len = strlen(base64);
    size_t len = 0;

    while (base64_len && (base64[base64_len - 1] == '=' || base64[base64_len - 1] == ' '))
        base64_len--;
    if (sodium_base642bin((unsigned char *)text, BASIC_MAX_TEXT, base64, base64_len, NULL, &len,
                          NULL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING))
        return false;
    text[len] = '\0';
    return strlen(text) == len;
}

bool basic_parse(const char *base64, struct basic *ret_basic)
{
    char text[BASIC_MAX_TEXT + 1];
    const char *colon;
    bool is_good = decode(base64, text);

    colon = is_good ? strchr(text, ':') : NULL;
    if (colon) {
        memset(ret_basic, 0, sizeof(*ret_basic));
        memcpy(ret_basic->user, text, (size_t)(colon - text));
        memcpy(ret_basic->password, colon + 1, strlen(colon + 1));
    }
    sodium_memzero(text, sizeof(text));
    return colon != NULL;
}

void basic_wipe(struct basic *basic)
{
    sodium_memzero(basic, sizeof(*basic));
}
