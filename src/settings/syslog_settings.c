/* SPDX-License-Identifier: MIT */
#include "settings/syslog_settings.h"

#include <arpa/inet.h>
#include <string.h>

const struct syslog_settings syslog_settings_default = {.port = 514, .severity = 6};

/* More than host_parse takes: a receiver in the local network may have a name of one label, or an
 * IPv6 address. */
static const char *check_server(const char *text)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
    unsigned char address[16];

    if (!*text || inet_pton(AF_INET6, text, address) == 1)
        return NULL;
    if (text[strspn(text, letters)] != '\0' || *text == '-' || *text == '.' || strstr(text, ".."))
        return "must be a host name or an address, without scheme, port and path";
    return NULL;
}

static const char *check_tag(const char *text)
{
    for (; *text; text++) {
        if (*text < 0x21 || *text > 0x7e)
            return "must be printable ASCII without blanks";
    }
    return NULL;
}

/* clang-format off */
#define PLACE(field) \
    offsetof(struct syslog_settings, field), sizeof(((struct syslog_settings *)0)->field)
#define ENABLED(name, need) \
    {name, MEMBER_BOOL, need, PLACE(is_enabled), 0, 1, NULL, NULL, NULL}
#define SERVER(name, need) \
    {name, MEMBER_TEXT, need, PLACE(server), 0, HOST_MAX_LEN, check_server, NULL, NULL}
#define PORT(name, need) \
    {name, MEMBER_UINT16, need, PLACE(port), 1, 65535, NULL, NULL, NULL}
#define SEVERITY(name, need) \
    {name, MEMBER_UINT16, need, PLACE(severity), 0, SYSLOG_MAX_SEVERITY, NULL, NULL, NULL}
#define TAG(need) \
    {"tag", MEMBER_TEXT, need, PLACE(tag), 0, SYSLOG_MAX_TAG, check_tag, NULL, NULL}
#define TRANSPORT(need) \
    {"transport", MEMBER_CHOICE, need, PLACE(transport), 0, 2, NULL, transports, NULL}

static const char *const transports[] = {"http", "tcp", "udp"};

static const struct member server[] = {
    ENABLED("enabled", MEMBER_REQUIRED),
    SERVER("server.server", MEMBER_REQUIRED),
    PORT("server.port", MEMBER_REQUIRED),
    SEVERITY("server.severity", MEMBER_STAYS),
    TAG(MEMBER_HAS_DEFAULT),
};
static const struct member transport[] = {TRANSPORT(MEMBER_REQUIRED)};
static const struct member members[] = {
    ENABLED("enabled", MEMBER_STAYS),
    SERVER("server", MEMBER_STAYS),
    PORT("port", MEMBER_STAYS),
    SEVERITY("severity", MEMBER_STAYS),
    TAG(MEMBER_STAYS),
    TRANSPORT(MEMBER_STAYS),
};

#define TABLE(list) \
    {.members = list, .count = sizeof(list) / sizeof(list[0]), .defaults = &syslog_settings_default}

const struct member_table syslog_settings_members = TABLE(members);
const struct member_table syslog_settings_server = TABLE(server);
const struct member_table syslog_settings_transport = TABLE(transport);
/* clang-format on */

bool syslog_settings_check(const struct syslog_settings *settings, struct field_error *ret_error)
{
    if (!settings->is_enabled || settings->server[0])
        return true;
    field_error_value(ret_error, "server.server", "must be set while enabled is true");
    return false;
}
