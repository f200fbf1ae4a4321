/* SPDX-License-Identifier: MIT */
#include "sip/dtmf_info.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* "5", "*", "a", or as the number of an RFC 4733 event: "10" is *, "11" #, "12" to "15" A to D.
 * Returns 0 or EBADMSG. */
static int parse_signal(const char *text, size_t len, char *ret_digit)
{
    static const char events[] = "*#ABCD";

    while (len && isspace((unsigned char)*text)) {
        text++;
        len--;
    }
    while (len && isspace((unsigned char)text[len - 1]))
        len--;
    if (len == 1 && strchr("0123456789*#ABCDabcd", text[0]) && text[0]) {
        *ret_digit = (char)toupper((unsigned char)text[0]);
        return 0;
    }
    if (len == 2 && text[0] == '1' && text[1] >= '0' && text[1] <= '5') {
        *ret_digit = events[text[1] - '0'];
        return 0;
    }
    return EBADMSG;
}

/* "Signal=5" on a line of its own. */
static int parse_relay(const char *body, size_t len, char *ret_digit)
{
    static const char name[] = "signal";
    const size_t name_len = sizeof(name) - 1;

    for (size_t at = 0, end; at < len; at = end + 1) {
        end = at;
        while (end < len && body[end] != '\n' && body[end] != '\r')
            end++;
        if (end - at > name_len && !strncasecmp(body + at, name, name_len)) {
            at += name_len;
            while (at < end && body[at] == ' ')
                at++;
            if (at < end && body[at] == '=')
                return parse_signal(body + at + 1, end - at - 1, ret_digit);
        }
    }
    return EBADMSG;
}

int dtmf_info_parse(const char *type, const char *body, size_t len, char *ret_digit)
{
    if (!strcasecmp(type, "application/dtmf-relay"))
        return parse_relay(body, len, ret_digit);
    if (strcasecmp(type, "application/dtmf") != 0)
        return ENOTSUP;
    return parse_signal(body, len, ret_digit) ? parse_relay(body, len, ret_digit) : 0;
}
