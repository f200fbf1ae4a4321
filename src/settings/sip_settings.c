/* SPDX-License-Identifier: MIT */
#include "settings/sip_settings.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "settings/host.h"

static_assert(sizeof(enum sip_transport) == sizeof(unsigned), "member.c copies an unsigned");
static_assert(SIP_SETTINGS_MAX_URI == sizeof("sip:") - 1 + HOST_MAX_LEN + sizeof(":65535") - 1,
              "the longest address has a place");

const struct sip_settings sip_settings_default = {
    .proxy = "sip:sip.example.invalid",
    .realm = "sip.example.invalid",
    .user = "panel",
    .transport = SIP_TRANSPORT_UDP,
    .stun_ip = "127.0.0.1",
    .stun_port = 3478,
    .registration_interval_s = SIP_SETTINGS_MIN_INTERVAL_S,
};

static const char *const transport_names[] = {
    [SIP_TRANSPORT_UDP] = "udp",
    [SIP_TRANSPORT_TCP] = "tcp",
    [SIP_TRANSPORT_TLS] = "tls",
};

#define SIGNS "~`!@#$%^&;*()_-+={[}]|\"<,>.?/"

/* A line break or a tab in a SIP header is an attack; ' \ : are not in the vendor's set. */
static const char *check_text(const char *text)
{
    static const char set[] = "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789 " SIGNS;

    if (text[strspn(text, set)] != '\0')
        return "may only hold letters, digits, space and " SIGNS;
    return NULL;
}

static const char *check_proxy(const char *text)
{
    return host_parse(text, HOST_FORM_SCHEME | HOST_FORM_PORT, NULL);
}

static const char *check_realm(const char *text)
{
    return host_parse(text, HOST_FORM_PORT, NULL);
}

static const char *check_outbound(const char *text)
{
    return *text ? check_proxy(text) : NULL;
}

static const char *check_stun_ip(const char *text)
{
    return host_parse(text, HOST_FORM_BARE, NULL);
}

#define PLACE(field) offsetof(struct sip_settings, field), sizeof(((struct sip_settings *)0)->field)
enum { MAX_TEXT = SIP_SETTINGS_MAX_TEXT, MAX_URI = SIP_SETTINGS_MAX_URI };

/* clang-format off */
#define MEMBERS_BEFORE_STUN \
    {"proxy", MEMBER_TEXT, MEMBER_REQUIRED, PLACE(proxy), 1, MAX_URI, check_proxy, NULL, NULL}, \
    {"realm", MEMBER_TEXT, MEMBER_REQUIRED, PLACE(realm), 1, MAX_URI, check_realm, NULL, NULL}, \
    {"user", MEMBER_TEXT, MEMBER_REQUIRED, PLACE(user), 1, MAX_TEXT, check_text, NULL, NULL}, \
    {"password", MEMBER_TEXT, MEMBER_REQUIRED, PLACE(password), \
     SIP_SETTINGS_MIN_PASSWORD, MAX_TEXT, check_text, NULL, SIP_SETTINGS_PASSWORD_PLACEHOLDER}, \
    {"transport", MEMBER_CHOICE, MEMBER_HAS_DEFAULT, PLACE(transport), \
     SIP_TRANSPORT_UDP, SIP_TRANSPORT_TLS, NULL, transport_names, NULL}, \
    {"user_id", MEMBER_TEXT, MEMBER_HAS_DEFAULT, PLACE(user_id), 0, MAX_TEXT, check_text, NULL, \
     NULL}
#define MEMBERS_OF_STUN \
    {"stun.ip", MEMBER_TEXT, MEMBER_REQUIRED, PLACE(stun_ip), 1, HOST_MAX_LEN, check_stun_ip, \
     NULL, NULL}, \
    {"stun.port", MEMBER_UINT16, MEMBER_REQUIRED, PLACE(stun_port), 1, UINT16_MAX, NULL, NULL, NULL}
#define MEMBERS_AFTER_STUN \
    {"registration_interval", MEMBER_UINT16, MEMBER_HAS_DEFAULT, PLACE(registration_interval_s), \
     SIP_SETTINGS_MIN_INTERVAL_S, SIP_SETTINGS_MAX_INTERVAL_S, NULL, NULL, NULL}, \
    {"outbound", MEMBER_TEXT, MEMBER_STAYS, PLACE(outbound), 0, MAX_URI, check_outbound, NULL, \
     NULL}

static const struct member members[] = {MEMBERS_BEFORE_STUN, MEMBERS_OF_STUN, MEMBERS_AFTER_STUN};
static const struct member second_members[] = {MEMBERS_BEFORE_STUN, MEMBERS_AFTER_STUN};
/* clang-format on */

const struct member_table sip_settings_members = {
    .members = members,
    .count = sizeof(members) / sizeof(members[0]),
    .defaults = &sip_settings_default,
};

const struct member_table sip_settings_second_members = {
    .members = second_members,
    .count = sizeof(second_members) / sizeof(second_members[0]),
    .defaults = &sip_settings_default,
};

const char *sip_transport_name(enum sip_transport transport)
{
    return transport_names[transport];
}

bool sip_settings_has_stun(const struct sip_settings *settings)
{
    return settings->transport == SIP_TRANSPORT_UDP && strcmp(settings->stun_ip, "127.0.0.1") != 0;
}

static bool is_same_host(const char *a, const char *b)
{
    struct host host_a, host_b;

    if (!*a || !*b)
        return *a == *b;
    return !host_parse(a, HOST_FORM_SCHEME | HOST_FORM_PORT, &host_a) &&
           !host_parse(b, HOST_FORM_SCHEME | HOST_FORM_PORT, &host_b) &&
           strcasecmp(host_a.name, host_b.name) == 0;
}

bool sip_settings_may_keep_password(const struct sip_settings *stored,
                                    const struct sip_settings *changed)
{
    bool leaves_tls =
        stored->transport == SIP_TRANSPORT_TLS && changed->transport != SIP_TRANSPORT_TLS;

    return *stored->password && !leaves_tls && strcmp(stored->user, changed->user) == 0 &&
           strcmp(stored->user_id, changed->user_id) == 0 &&
           is_same_host(stored->proxy, changed->proxy) &&
           is_same_host(stored->realm, changed->realm) &&
           is_same_host(stored->outbound, changed->outbound);
}

void sip_settings_wipe(struct sip_settings *settings)
{
    explicit_bzero(settings, sizeof(*settings));
}
