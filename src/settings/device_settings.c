/* SPDX-License-Identifier: MIT */
#include "settings/device_settings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "settings/member_json.h"

const char *const device_settings_languages[DEVICE_SETTINGS_LANGUAGES] = {
    "English", "Spanish", "Russian", "Ukrainian",  "Polish",  "Dutch",
    "Turkish", "French",  "Danish",  "Portuguese", "Deutsch", "Italian",
};

static const char *const protocols[] = {"http", "mqtt"};
static const char *const modes[] = {[DEVICE_MODE_UNIT] = "Unit", [DEVICE_MODE_WALL] = "Wall"};
static const char *const resolutions[] = {"320x240", "640x480", "800x600", "1280x720", "1920x1080"};
static const struct device_resolution pixels[] = {
    {320, 240}, {640, 480}, {800, 600}, {1280, 720}, {1920, 1080}};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
_Static_assert(COUNT(resolutions) == COUNT(pixels), "each has its name");

enum { RESOLUTION_720P = 3, MAX_FPS = 60, MIN_PAYLOAD = 96, MAX_PAYLOAD = 127 };

const struct device_settings device_settings_default = {
    .timezone = TIMEZONE_ZERO,
    .is_ntp_on = true,
    .is_ntp_default = true,
    .is_dhcp = true,
    .fps = 25,
    .resolution = RESOLUTION_720P,
    .payload_h264 = 102,
    .rtsp_user = "admin",
    .building = 1,
    .unit = 1,
    .device = 1,
    .card_form = "hex",
    .wiegand_type = "wiegand_26",
    .is_https_on = true,
};

static const char *check_address(const char *text)
{
    unsigned char address[sizeof(struct in_addr)];

    return inet_pton(AF_INET, text, address) == 1 ? NULL : "must be an IPv4 address";
}

/* A stored one may be "": none was set. */
static const char *check_address_or_none(const char *text)
{
    return *text ? check_address(text) : NULL;
}

static const char *check_addresses(const char *text)
{
    char item[DEVICE_SETTINGS_MAX_ADDRESS + 1];

    for (text += strspn(text, ", "); *text; text += strspn(text, ", ")) {
        size_t len = strcspn(text, ", ");

        if (len > DEVICE_SETTINGS_MAX_ADDRESS)
            return "must be IPv4 addresses with commas between";
        memcpy(item, text, len);
        item[len] = '\0';
        if (check_address(item))
            return "must be IPv4 addresses with commas between";
        text += len;
    }
    return NULL;
}

static const char *check_printable(const char *text)
{
    for (; *text; text++) {
        if (*text < 0x20 || *text > 0x7e)
            return "must be printable ASCII characters";
    }
    return NULL;
}

static const char *check_no_blanks(const char *text)
{
    return strchr(text, ' ') ? "must have no blanks" : check_printable(text);
}

static const char *check_word(const char *text)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

    return text[strspn(text, allowed)] ? "must be letters, digits, _ and -" : NULL;
}

const char *device_settings_check_password(const char *text)
{
    if (strlen(text) > DEVICE_SETTINGS_MAX_PASSWORD)
        return "must have at most 32 characters";
    return check_printable(text);
}

/* clang-format off */
#define PLACE(field) \
    offsetof(struct device_settings, field), sizeof(((struct device_settings *)0)->field)
#define SWITCH(name, need, field) \
    {name, MEMBER_BOOL, need, PLACE(field), 0, 1, NULL, NULL, NULL}
#define NUMBER(name, need, field, min, max) \
    {name, MEMBER_UINT16, need, PLACE(field), min, max, NULL, NULL, NULL}
#define CHOICE(name, need, field, list) \
    {name, MEMBER_CHOICE, need, PLACE(field), 0, (long)COUNT(list) - 1, NULL, list, NULL}
#define TEXT(name, need, field, min, max, check) \
    {name, MEMBER_TEXT, need, PLACE(field), min, max, check, NULL, NULL}
#define PASSWORD(name, need, field) \
    {name, MEMBER_TEXT, need, PLACE(field), 0, DEVICE_SETTINGS_MAX_PASSWORD, check_printable, NULL, \
     DEVICE_SETTINGS_PASSWORD_SHOWN}
#define ZONE(name, need) \
    TEXT(name, need, timezone, TIMEZONE_MIN_LEN, TIMEZONE_MAX_LEN, timezone_check)
#define HOST(name, need) \
    TEXT(name, need, ntp_server, 0, DEVICE_SETTINGS_MAX_HOST, check_no_blanks)
#define URL(name, need, field) \
    TEXT(name, need, field, 0, DEVICE_SETTINGS_MAX_URL, check_no_blanks)

static const struct member zone[] = {ZONE("timezone", MEMBER_REQUIRED)};
static const struct member current_zone[] = {ZONE("current_timezone", MEMBER_REQUIRED)};
static const struct member language[] = {
    CHOICE("language", MEMBER_REQUIRED, language, device_settings_languages)};
static const struct member ntp[] = {
    SWITCH("enabled", MEMBER_REQUIRED, is_ntp_on),
    SWITCH("use_default", MEMBER_HAS_DEFAULT, is_ntp_default),
    HOST("custom_server", MEMBER_HAS_DEFAULT),
};
static const struct member fixed[] = {
    TEXT("ip_address", MEMBER_REQUIRED, ip_address, 7, DEVICE_SETTINGS_MAX_ADDRESS, check_address),
    TEXT("mask", MEMBER_REQUIRED, mask, 7, DEVICE_SETTINGS_MAX_ADDRESS, check_address),
    TEXT("gateway", MEMBER_REQUIRED, gateway, 7, DEVICE_SETTINGS_MAX_ADDRESS, check_address),
    TEXT("dns", MEMBER_HAS_DEFAULT, dns, 0, DEVICE_SETTINGS_MAX_DNS, check_addresses),
};
static const struct member link_server[] = {
    SWITCH("link_enable", MEMBER_REQUIRED, is_link_on),
    URL("link_url", MEMBER_STAYS, link_url),
    PASSWORD("link_password", MEMBER_STAYS, link_password),
    SWITCH("realtime_logging", MEMBER_STAYS, is_link_logging),
    SWITCH("heartbeat", MEMBER_STAYS, is_link_heartbeat),
};
static const struct member server[] = {
    SWITCH("is_enabled", MEMBER_REQUIRED, is_server_on),
    CHOICE("protocol", MEMBER_STAYS, server_protocol, protocols),
    URL("settings.url", MEMBER_STAYS, server_url),
    PASSWORD("settings.password", MEMBER_STAYS, server_password),
    SWITCH("settings.is_heartbeat_enabled", MEMBER_STAYS, is_server_heartbeat),
    SWITCH("settings.is_logging_enabled", MEMBER_STAYS, is_server_logging),
    SWITCH("settings.is_encrypted", MEMBER_STAYS, is_server_encrypted),
};
static const struct member video[] = {
    NUMBER("fps", MEMBER_STAYS, fps, 1, MAX_FPS),
    CHOICE("video_resolution", MEMBER_REQUIRED, resolution, resolutions),
};
static const struct member payload[] = {
    NUMBER("payload_codec_h264", MEMBER_REQUIRED, payload_h264, MIN_PAYLOAD, MAX_PAYLOAD)};
static const struct member rtsp[] = {
    TEXT("username", MEMBER_REQUIRED, rtsp_user, 1, DEVICE_SETTINGS_MAX_PASSWORD, check_printable),
    PASSWORD("password", MEMBER_REQUIRED, rtsp_password),
    SWITCH("is_audio_enabled", MEMBER_STAYS, is_rtsp_audio),
};
static const struct member wiegand[] = {
    TEXT("identifier_representation", MEMBER_REQUIRED, card_form, 1, DEVICE_SETTINGS_MAX_WORD,
         check_word),
    TEXT("type", MEMBER_REQUIRED, wiegand_type, 1, DEVICE_SETTINGS_MAX_WORD, check_word),
};
static const struct member https[] = {SWITCH("is_enabled", MEMBER_REQUIRED, is_https_on)};
static const struct member place[] = {
    NUMBER("building", MEMBER_STAYS, building, 0, DEVICE_SETTINGS_MAX_PLACE),
    NUMBER("unit", MEMBER_STAYS, unit, 0, DEVICE_SETTINGS_MAX_PLACE),
    NUMBER("device", MEMBER_STAYS, device, 0, DEVICE_SETTINGS_MAX_PLACE),
};
static const struct member members[] = {
    ZONE("timezone", MEMBER_STAYS),
    CHOICE("language", MEMBER_STAYS, language, device_settings_languages),
    SWITCH("ntp_is_on", MEMBER_STAYS, is_ntp_on),
    SWITCH("ntp_is_default", MEMBER_STAYS, is_ntp_default),
    HOST("ntp_server", MEMBER_STAYS),
    SWITCH("dhcp", MEMBER_STAYS, is_dhcp),
    TEXT("ip_address", MEMBER_STAYS, ip_address, 0, DEVICE_SETTINGS_MAX_ADDRESS,
         check_address_or_none),
    TEXT("mask", MEMBER_STAYS, mask, 0, DEVICE_SETTINGS_MAX_ADDRESS, check_address_or_none),
    TEXT("gateway", MEMBER_STAYS, gateway, 0, DEVICE_SETTINGS_MAX_ADDRESS, check_address_or_none),
    TEXT("dns", MEMBER_STAYS, dns, 0, DEVICE_SETTINGS_MAX_DNS, check_addresses),
    SWITCH("link_is_on", MEMBER_STAYS, is_link_on),
    URL("link_url", MEMBER_STAYS, link_url),
    SWITCH("link_logging", MEMBER_STAYS, is_link_logging),
    SWITCH("link_heartbeat", MEMBER_STAYS, is_link_heartbeat),
    SWITCH("server_is_on", MEMBER_STAYS, is_server_on),
    CHOICE("server_protocol", MEMBER_STAYS, server_protocol, protocols),
    URL("server_url", MEMBER_STAYS, server_url),
    SWITCH("server_logging", MEMBER_STAYS, is_server_logging),
    SWITCH("server_heartbeat", MEMBER_STAYS, is_server_heartbeat),
    SWITCH("server_encrypted", MEMBER_STAYS, is_server_encrypted),
    NUMBER("fps", MEMBER_STAYS, fps, 1, MAX_FPS),
    CHOICE("resolution", MEMBER_STAYS, resolution, resolutions),
    NUMBER("payload_h264", MEMBER_STAYS, payload_h264, MIN_PAYLOAD, MAX_PAYLOAD),
    TEXT("rtsp_user", MEMBER_STAYS, rtsp_user, 1, DEVICE_SETTINGS_MAX_PASSWORD, check_printable),
    SWITCH("rtsp_audio", MEMBER_STAYS, is_rtsp_audio),
    CHOICE("mode", MEMBER_STAYS, mode, modes),
    NUMBER("building", MEMBER_STAYS, building, 0, DEVICE_SETTINGS_MAX_PLACE),
    NUMBER("unit", MEMBER_STAYS, unit, 0, DEVICE_SETTINGS_MAX_PLACE),
    NUMBER("device", MEMBER_STAYS, device, 0, DEVICE_SETTINGS_MAX_PLACE),
    SWITCH("no_unit", MEMBER_STAYS, has_no_unit),
    TEXT("card_form", MEMBER_STAYS, card_form, 1, DEVICE_SETTINGS_MAX_WORD, check_word),
    TEXT("wiegand_type", MEMBER_STAYS, wiegand_type, 1, DEVICE_SETTINGS_MAX_WORD, check_word),
    SWITCH("https_is_on", MEMBER_STAYS, is_https_on),
};

#define TABLE(list) \
    {.members = list, .count = COUNT(list), .defaults = &device_settings_default}

const struct member_table device_settings_members = TABLE(members);
const struct member_table device_settings_timezone[2] = {TABLE(zone), TABLE(current_zone)};
const struct member_table device_settings_language = TABLE(language);
const struct member_table device_settings_ntp = TABLE(ntp);
const struct member_table device_settings_static = TABLE(fixed);
const struct member_table device_settings_link = TABLE(link_server);
const struct member_table device_settings_server = TABLE(server);
const struct member_table device_settings_video = TABLE(video);
const struct member_table device_settings_payload = TABLE(payload);
const struct member_table device_settings_rtsp = TABLE(rtsp);
const struct member_table device_settings_wiegand = TABLE(wiegand);
const struct member_table device_settings_https = TABLE(https);
const struct member_table device_settings_place = TABLE(place);
/* clang-format on */

#define AT(field) offsetof(struct device_settings, field)

const struct device_secret device_settings_secrets[DEVICE_SETTINGS_SECRETS] = {
    {"rtsp_password", AT(rtsp_password)},
    {"link_password", AT(link_password)},
    {"server_password", AT(server_password)},
};

/* Where a secret is sent to; in the order of device_settings_secrets, NULL: to nobody. */
static const struct member *const destinations[DEVICE_SETTINGS_SECRETS] = {NULL, &link_server[1],
                                                                           &server[2]};
static const char *const shown_names[DEVICE_SETTINGS_SECRETS] = {"password", "link_password",
                                                                 "settings.password"};

bool device_settings_has_secret(const struct device_settings *settings)
{
    return *settings->rtsp_password || *settings->link_password || *settings->server_password;
}

static char *secret_of(size_t i, struct device_settings *settings)
{
    return (char *)settings + device_settings_secrets[i].offset;
}

/* What was left out of the body, and what was sent back as it is shown, is to stay. */
static bool keep_secret(size_t i, struct device_settings *old, struct device_settings *settings,
                        struct field_error *ret_error)
{
    const struct member *to = destinations[i];
    char *now = secret_of(i, settings);

    if (strcmp(now, DEVICE_SETTINGS_PASSWORD_SHOWN) != 0)
        return true;
    /* What is sent to nobody stays whatever it is; where there is none, there is none after it. */
    if (to &&
        (!*secret_of(i, old) || strcmp(member_text(to, old), member_text(to, settings)) != 0)) {
        field_error_value(ret_error, shown_names[i],
                          "type the password again for a new server or account");
        return false;
    }
    memcpy(now, secret_of(i, old), DEVICE_SETTINGS_MAX_PASSWORD + 1);
    return true;
}

int device_settings_read(const struct member_table *table, const char *body, size_t len,
                         struct device_settings *settings, struct field_error *ret_error)
{
    struct device_settings old = *settings;
    int err;

    for (size_t i = 0; i < DEVICE_SETTINGS_SECRETS; i++) {
        if (*secret_of(i, settings))
            memcpy(secret_of(i, settings), DEVICE_SETTINGS_PASSWORD_SHOWN,
                   sizeof(DEVICE_SETTINGS_PASSWORD_SHOWN));
    }
    err = member_json_read(table, body, len, settings, ret_error);
    for (size_t i = 0; i < DEVICE_SETTINGS_SECRETS && !err; i++) {
        if (!keep_secret(i, &old, settings, ret_error))
            err = EINVAL;
    }
    explicit_bzero(&old, sizeof(old));
    return err;
}

struct device_resolution device_settings_resolution(const struct device_settings *settings)
{
    return pixels[settings->resolution];
}
