/* SPDX-License-Identifier: MIT */
#include "sip/identity.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* RFC 3261 section 25.1 */
#define MARK "-_.!~*'()"
#define USER_UNRESERVED "&=+$,;?/"

/* Percent-encode all but letters, digits and what is in keep. */
static void escape(const char *text, const char *keep, char buf[IDENTITY_MAX_USER + 1])
{
    size_t len = 0;

    for (; *text; text++) {
        if (isalnum((unsigned char)*text) || strchr(keep, *text))
            buf[len++] = *text;
        else
            len += (size_t)snprintf(buf + len, 4, "%%%02X", (unsigned char)*text);
    }
    buf[len] = '\0';
}

/* As written, but without a scheme. */
static const char *without_scheme(const char *text)
{
    return strncasecmp(text, "sip:", 4) ? text : text + 4;
}

void identity_make(const struct sip_settings *settings, struct identity *ret_identity)
{
    struct identity *id = ret_identity;
    const char *next_hop = settings->outbound[0] ? settings->outbound : settings->proxy;

    memset(id, 0, sizeof(*id));
    (void)host_parse(settings->realm, HOST_FORM_PORT, &id->realm);
    (void)host_parse(next_hop, HOST_FORM_PORT | HOST_FORM_SCHEME, &id->next_hop);
    escape(settings->user, MARK USER_UNRESERVED, id->user);
    escape(settings->user, MARK, id->contact_user);
    (void)snprintf(id->aor, sizeof(id->aor), "sip:%s@%s", id->user, id->realm.name);
    (void)snprintf(id->request_uri, sizeof(id->request_uri), "sip:%s", settings->realm);
    (void)snprintf(id->auth_username, sizeof(id->auth_username), "%s",
                   settings->user_id[0] ? settings->user_id : settings->user);
    if (settings->outbound[0])
        (void)snprintf(id->route, sizeof(id->route), "sip:%s%s;lr",
                       without_scheme(settings->outbound),
                       settings->transport == SIP_TRANSPORT_TCP   ? ";transport=tcp"
                       : settings->transport == SIP_TRANSPORT_TLS ? ";transport=tls"
                                                                  : "");
}

bool identity_owns_host(const struct identity *identity, const struct host *host)
{
    const char *const own[] = {identity->realm.name, identity->next_hop.name};

    for (size_t i = 0; i < 2; i++) {
        size_t len = strlen(host->name), own_len = strlen(own[i]);

        if (!strcasecmp(host->name, own[i]))
            return true;
        if (!host->is_address && len > own_len + 1 && host->name[len - own_len - 1] == '.' &&
            !strcasecmp(host->name + len - own_len, own[i]))
            return true;
    }
    return false;
}

bool identity_is_same_aor(const struct sip_settings *a, const struct sip_settings *b)
{
    struct host realm_a, realm_b;

    return !strcmp(a->user, b->user) && !host_parse(a->realm, HOST_FORM_PORT, &realm_a) &&
           !host_parse(b->realm, HOST_FORM_PORT, &realm_b) &&
           !strcasecmp(realm_a.name, realm_b.name);
}

bool identity_is_same_account(const struct sip_settings *a, const struct sip_settings *b)
{
    return identity_is_same_aor(a, b) && !strcasecmp(a->proxy, b->proxy) &&
           !strcasecmp(a->realm, b->realm) && !strcasecmp(a->outbound, b->outbound) &&
           a->transport == b->transport;
}
