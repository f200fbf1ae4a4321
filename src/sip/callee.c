/* SPDX-License-Identifier: MIT */
#include "sip/callee.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sip/identity.h"

#define USER_CHARS "-_.!~*'()&=+$,;?/" /* RFC 3261 section 25.1, besides letters and digits */
#define TRANSPORT ";transport="

/* Percent-encode what may not stand in the user part. Escapes that are there stay.
 * Returns 0 or EINVAL. */
static int write_user(const char *text, size_t len, char *buf, size_t size)
{
    size_t at = 0;

    if (!len || len > CALLEE_MAX_USER)
        return EINVAL;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        bool is_escape = c == '%' && i + 2 < len && isxdigit((unsigned char)text[i + 1]) &&
                         isxdigit((unsigned char)text[i + 2]);

        if (c < 0x20 || c == 0x7f || at + 4 > size)
            return EINVAL;
        if (isalnum(c) || is_escape || strchr(USER_CHARS, c))
            buf[at++] = (char)c;
        else
            at += (size_t)snprintf(buf + at, 4, "%%%02X", c);
    }
    buf[at] = '\0';
    return 0;
}

/* "101", "0 30/12-34": at the account's domain. */
static int parse_number(const char *text, const struct identity *identity, struct callee *callee)
{
    char plain[CALLEE_MAX_USER + 1];
    char user[3 * CALLEE_MAX_USER + 1];
    size_t len = 0;

    for (; *text; text++) {
        if (strchr(" -()", *text))
            continue;
        if (len == CALLEE_MAX_USER)
            return EINVAL;
        plain[len++] = *text;
    }
    plain[len] = '\0';
    if (strpbrk(plain, "@<>\"") || write_user(plain, len, user, sizeof(user)))
        return EINVAL;
    if (!identity)
        return ENOTCONN;
    if (snprintf(callee->uri, sizeof(callee->uri), "sip:%s@%s", user, identity->realm.name) >=
        (int)sizeof(callee->uri))
        return EINVAL;
    return 0;
}

/* ";transport=tcp" or nothing. Returns 0 or EINVAL. */
static int parse_parameters(const char *text, struct callee *callee)
{
    callee->transport = SIP_TRANSPORT_UDP;
    if (!*text)
        return 0;
    if (strncasecmp(text, TRANSPORT, strlen(TRANSPORT)) != 0)
        return EINVAL;
    text += strlen(TRANSPORT);
    if (!strcasecmp(text, "tcp"))
        callee->transport = SIP_TRANSPORT_TCP;
    else if (strcasecmp(text, "udp") != 0)
        return EINVAL; /* TLS: there is no name of theirs that we could check */
    return 0;
}

static int parse_port(const char *text, uint16_t *ret_port)
{
    char *end;
    unsigned long port;

    if (!isdigit((unsigned char)*text))
        return EINVAL;
    port = strtoul(text, &end, 10);
    if (*end || port < 1 || port > 65535)
        return EINVAL;
    *ret_port = (uint16_t)port;
    return 0;
}

/* "[2001:db8::1]" with or without a port. */
static int parse_ipv6(const char *text, struct callee *callee)
{
    const char *end = strchr(text, ']');
    struct in6_addr addr;

    if (!end || (size_t)(end - text - 1) >= INET6_ADDRSTRLEN)
        return EINVAL;
    (void)snprintf(callee->host, sizeof(callee->host), "%.*s", (int)(end - text - 1), text + 1);
    if (inet_pton(AF_INET6, callee->host, &addr) != 1)
        return EINVAL;
    if (!end[1])
        return 0;
    return end[1] == ':' ? parse_port(end + 2, &callee->port) : EINVAL;
}

static int parse_host(const char *text, const struct identity *identity, struct callee *callee)
{
    struct host host;

    callee->is_direct = true;
    if (text[0] == '[')
        return parse_ipv6(text, callee);
    if (host_parse(text, HOST_FORM_PORT, &host))
        return EINVAL;
    (void)snprintf(callee->host, sizeof(callee->host), "%s", host.name);
    callee->port = host.port;
    /* The account's own domain, or its server's name: the server knows the way. */
    if (identity && ((!strcasecmp(host.name, identity->realm.name) &&
                      (!host.port || host.port == identity->realm.port)) ||
                     (!strcasecmp(host.name, identity->next_hop.name) &&
                      (!host.port || host.port == identity->next_hop.port))))
        callee->is_direct = false;
    return 0;
}

static int parse_uri(const char *text, const struct identity *identity, struct callee *callee)
{
    char hostport[HOST_MAX_LEN + 8];
    char user[3 * CALLEE_MAX_USER + 1] = "";
    const char *at = strchr(text, '@');
    const char *host = at ? at + 1 : text;
    size_t len = strcspn(host, ";");
    int err;

    if (len >= sizeof(hostport) || strchr(host, '@') || strpbrk(text, "<>\" "))
        return EINVAL;
    (void)snprintf(hostport, sizeof(hostport), "%.*s", (int)len, host);
    err = at ? write_user(text, (size_t)(at - text), user, sizeof(user)) : 0;
    if (!err)
        err = parse_host(hostport, identity, callee);
    if (!err)
        err = parse_parameters(host + len, callee);
    if (!err && snprintf(callee->uri, sizeof(callee->uri), "sip:%s%s%s%s", user, at ? "@" : "",
                         hostport, callee->transport == SIP_TRANSPORT_TCP ? TRANSPORT "tcp" : "") >=
                    (int)sizeof(callee->uri))
        err = EINVAL;
    return err;
}

int callee_parse(const char *text, const struct identity *identity, struct callee *ret_callee)
{
    struct callee callee = {.is_direct = false};
    int err;

    if (!strncasecmp(text, "sip:", 4))
        err = parse_uri(text + 4, identity, &callee);
    else
        err = parse_number(text, identity, &callee);
    if (!err)
        *ret_callee = callee;
    return err;
}
