/* SPDX-License-Identifier: MIT */
#include "settings/host.h"

#include <string.h>
#include <strings.h>

enum { LABEL_MAX_LEN = 63, ADDRESS_PARTS = 4, PORT_MAX_DIGITS = 5 };

static const char digits[] = "0123456789";
static const char label_characters[] = "abcdefghijklmnopqrstuvwxyz"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789-_";

/* At most PORT_MAX_DIGITS decimal digits and nothing else. */
static bool parse_number(const char *text, size_t len, unsigned max, unsigned *ret_number)
{
    unsigned number = 0;

    if (len == 0 || len > PORT_MAX_DIGITS || strspn(text, digits) < len)
        return false;
    for (size_t i = 0; i < len; i++)
        number = number * 10 + (unsigned)(text[i] - '0');
    *ret_number = number;
    return number <= max;
}

static bool is_address(const char *name)
{
    for (int part = 0; part < ADDRESS_PARTS; part++) {
        size_t len = strcspn(name, ".");
        bool is_last = part == ADDRESS_PARTS - 1;
        unsigned number;

        if (!parse_number(name, len, 255, &number) || (name[0] == '0' && len > 1))
            return false;
        if (name[len] != (is_last ? '\0' : '.'))
            return false;
        name += len + 1;
    }
    return true;
}

static const char *check_name(const char *name)
{
    unsigned labels = 0;
    size_t len;

    for (;; name += len + 1) {
        len = strcspn(name, ".");
        labels++;
        if (len == 0)
            return "must be an IPv4 address or a DNS name without empty labels";
        if (len > LABEL_MAX_LEN)
            return "must be a DNS name with labels of at most 63 characters";
        if (strspn(name, label_characters) < len)
            return "must be an IPv4 address or a DNS name of letters, digits, '-', '_' and '.'";
        if (name[0] == '-' || name[len - 1] == '-')
            return "must be a DNS name without '-' at an end of a label";
        if (name[len] == '\0')
            break;
    }
    if (labels < 2)
        return "must be an IPv4 address or a DNS name with at least two labels";
    if (strspn(name, digits) == len)
        return "must be a DNS name whose last label is not all digits";
    return NULL;
}

static const char *check_host(const char *name, bool *ret_is_address)
{
    if (*name == '\0')
        return "must be an IPv4 address or a DNS name";
    /* Digits and dots only: meant as an address, so never a name. */
    *ret_is_address = name[strspn(name, "0123456789.")] == '\0';
    if (!*ret_is_address)
        return check_name(name);
    if (!is_address(name))
        return "must be an IPv4 address of four parts from 0 to 255, without leading zeros";
    return NULL;
}

static const char *parse_port(const char *colon, unsigned form, uint16_t *ret_port)
{
    const char *text = colon + 1;
    unsigned number;

    if (!(form & HOST_FORM_PORT))
        return "must be a host without a port";
    if (!parse_number(text, strlen(text), UINT16_MAX, &number) || number == 0)
        return "must have a port from 1 to 65535 after ':'";
    *ret_port = (uint16_t)number;
    return NULL;
}

const char *host_parse(const char *text, unsigned form, struct host *ret_host)
{
    bool has_scheme = strncasecmp(text, "sip:", 4) == 0;
    struct host host = {.port = 0};
    const char *wrong;
    size_t len;

    if (has_scheme && !(form & HOST_FORM_SCHEME))
        return "must be written without 'sip:'";
    if (has_scheme)
        text += 4;
    if (*text == '[')
        return "must not be an IPv6 address: use a DNS name that has one";

    len = strcspn(text, ":");
    if (len > HOST_MAX_LEN)
        return "must be a DNS name of at most 253 characters";
    memcpy(host.name, text, len);

    wrong = check_host(host.name, &host.is_address);
    if (!wrong && text[len] == ':')
        wrong = parse_port(text + len, form, &host.port);
    if (!wrong && ret_host)
        *ret_host = host;
    return wrong;
}
