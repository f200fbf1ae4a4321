/* SPDX-License-Identifier: MIT */
/* device_settings.h - what clients set about the panel as a device: time, language, network,
 * picture, place in the building, servers that manage it. One plain value and the rules for its
 * members. Pure functions, any thread.
 *
 * Passwords are never shown: DEVICE_SETTINGS_PASSWORD_SHOWN stands for each, and, sent back, keeps
 * the one that is stored. */
#ifndef SETTINGS_DEVICE_SETTINGS_H
#define SETTINGS_DEVICE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "settings/member.h"
#include "settings/timezone.h"

#define DEVICE_SETTINGS_PASSWORD_SHOWN "WebPass"

enum {
    DEVICE_SETTINGS_MAX_ADDRESS = 15, /* "255.255.255.255" */
    DEVICE_SETTINGS_MAX_DNS = 127,    /* addresses with commas between */
    DEVICE_SETTINGS_MAX_HOST = 253,
    DEVICE_SETTINGS_MAX_URL = 255,
    DEVICE_SETTINGS_MAX_PASSWORD = 32,
    DEVICE_SETTINGS_MAX_WORD = 32,
    DEVICE_SETTINGS_LANGUAGES = 12,
    DEVICE_SETTINGS_MAX_PLACE = 9999, /* building, unit, device */
};

enum device_mode { DEVICE_MODE_UNIT, DEVICE_MODE_WALL };

/* Copy by =, nothing to free; wipe what was a copy. */
struct device_settings {
    char timezone[TIMEZONE_MAX_LEN + 1]; /* timezone_offset_min() says what it is */
    unsigned language;                   /* of device_settings_languages */
    bool is_ntp_on, is_ntp_default;
    char ntp_server[DEVICE_SETTINGS_MAX_HOST + 1];
    bool is_dhcp; /* the machine's own addresses count; else these */
    char ip_address[DEVICE_SETTINGS_MAX_ADDRESS + 1];
    char mask[DEVICE_SETTINGS_MAX_ADDRESS + 1];
    char gateway[DEVICE_SETTINGS_MAX_ADDRESS + 1];
    char dns[DEVICE_SETTINGS_MAX_DNS + 1];
    bool is_link_on, is_link_logging, is_link_heartbeat;
    char link_url[DEVICE_SETTINGS_MAX_URL + 1];
    char link_password[DEVICE_SETTINGS_MAX_PASSWORD + 1]; /* secret */
    bool is_server_on, is_server_logging, is_server_heartbeat, is_server_encrypted;
    unsigned server_protocol; /* 0: http, 1: mqtt */
    char server_url[DEVICE_SETTINGS_MAX_URL + 1];
    char server_password[DEVICE_SETTINGS_MAX_PASSWORD + 1]; /* secret */
    uint16_t fps;
    unsigned resolution; /* device_settings_resolution() says what it is */
    uint16_t payload_h264;
    char rtsp_user[DEVICE_SETTINGS_MAX_PASSWORD + 1];
    char rtsp_password[DEVICE_SETTINGS_MAX_PASSWORD + 1]; /* secret */
    bool is_rtsp_audio;
    unsigned mode; /* enum device_mode */
    uint16_t building, unit, device;
    bool has_no_unit;
    char card_form[DEVICE_SETTINGS_MAX_WORD + 1];    /* "hex" */
    char wiegand_type[DEVICE_SETTINGS_MAX_WORD + 1]; /* "wiegand_58" */
    bool is_https_on;                                /* where HTTPS is configured */
};

extern const struct device_settings device_settings_default;

/* "English" and so on, as clients write them. */
extern const char *const device_settings_languages[DEVICE_SETTINGS_LANGUAGES];

/* All members but the secrets, under the names they are stored by. */
extern const struct member_table device_settings_members;

/* The same by what the API reads and writes together. */
extern const struct member_table device_settings_timezone[2]; /* timezone; current_timezone */
extern const struct member_table device_settings_language;    /* language */
extern const struct member_table device_settings_ntp;     /* enabled, use_default, custom_server */
extern const struct member_table device_settings_static;  /* ip_address, mask, gateway, dns */
extern const struct member_table device_settings_link;    /* link_enable, link_url, ... */
extern const struct member_table device_settings_server;  /* is_enabled, protocol, settings.… */
extern const struct member_table device_settings_video;   /* fps, video_resolution */
extern const struct member_table device_settings_payload; /* payload_codec_h264 */
extern const struct member_table device_settings_rtsp;    /* username, password, is_audio_enabled */
extern const struct member_table device_settings_wiegand; /* identifier_representation, type */
extern const struct member_table device_settings_https;   /* is_enabled */
extern const struct member_table device_settings_place;   /* building, unit, device */

/* member_json_read with a table of the above, and the rule for secrets: the shown text keeps the
 * stored password, but only for the server it was stored for. Same contract. */
int device_settings_read(const struct member_table *table, const char *body, size_t len,
                         struct device_settings *settings, struct field_error *ret_error);

/* The secrets, for those who seal them. */
struct device_secret {
    const char *name; /* "rtsp_password" */
    size_t offset;    /* of char[DEVICE_SETTINGS_MAX_PASSWORD + 1] */
};

enum { DEVICE_SETTINGS_SECRETS = 3 };
extern const struct device_secret device_settings_secrets[DEVICE_SETTINGS_SECRETS];

/* Is any of them set? */
bool device_settings_has_secret(const struct device_settings *settings);

/* NULL if text can be a password; else why not. */
const char *device_settings_check_password(const char *text);

struct device_resolution {
    unsigned width, height; /* in pixels */
};

/* Of pictures. */
struct device_resolution device_settings_resolution(const struct device_settings *settings);

#endif
