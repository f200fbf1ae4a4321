/* SPDX-License-Identifier: MIT */
#include "settings/number.h"

#include <string.h>
#include <strings.h>

#define DIGITS "0123456789"

/* Of RFC 3261's user what needs no escape and cannot be taken for something else. */
#define USER_SIGNS DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-_.!*"

static const char *const handsets[] = {"laskomex:", "vizit:"};

static const char *parse_user(const char *text, size_t len, const char *signs, size_t max_len,
                              struct number *number)
{
    if (len == 0 || strspn(text, signs) < len)
        return "must be digits, or sip:user@host, or sip:address";
    if (len > max_len)
        return "is too long";
    memcpy(number->user, text, len);
    number->user[len] = '\0';
    return NULL;
}

static const char *parse_uri(const char *text, struct number *number)
{
    const char *at = strchr(text, '@');
    const char *wrong = NULL;

    number->kind = at ? NUMBER_URI : NUMBER_ADDRESS;
    if (at)
        wrong = parse_user(text, (size_t)(at - text), USER_SIGNS, NUMBER_MAX_USER, number);
    return wrong ? wrong : host_parse(at ? at + 1 : text, HOST_FORM_PORT, &number->host);
}

const char *number_parse(const char *text, struct number *ret_number)
{
    struct number number = {.kind = NUMBER_DIGITS};
    const char *wrong;

    if (strlen(text) > NUMBER_MAX_LEN)
        return "is too long";
    if (!strncasecmp(text, "sip:", 4)) {
        wrong = parse_uri(text + 4, &number);
    } else {
        for (size_t i = 0; i < sizeof(handsets) / sizeof(handsets[0]); i++) {
            size_t len = strlen(handsets[i]);

            if (strncmp(text, handsets[i], len))
                continue;
            number.kind = NUMBER_HANDSET;
            text += len;
            break;
        }
        wrong = parse_user(text, strlen(text), DIGITS, NUMBER_MAX_DIGITS, &number);
    }
    if (!wrong && ret_number)
        *ret_number = number;
    return wrong;
}
