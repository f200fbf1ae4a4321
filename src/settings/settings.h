/* SPDX-License-Identifier: MIT */
/* settings.h - all that the API can set and the panel keeps, as one plain value.
 * To change something: copy, edit the copy, have it stored, then swap the whole
 * (panel_change). The running copy is never half changed. */
#ifndef SETTINGS_SETTINGS_H
#define SETTINGS_SETTINGS_H

#include "settings/call_settings.h"
#include "settings/entry_settings.h"
#include "settings/device_settings.h"
#include "settings/lock_settings.h"
#include "settings/sip_settings.h"
#include "settings/syslog_settings.h"

enum switch_state { SWITCH_UNSET, SWITCH_OFF, SWITCH_ON };

enum {
    ADMIN_HASH_MAX_LEN = 127,
    SERIAL_LEN = 36,
    REREGISTER_MIN_S = 30,
    REREGISTER_MAX_S = 3600,
    CA_PEM_MAX_LEN = 16 * 1024,
    CERTIFICATE_PEM_MAX_LEN = 8 * 1024,
    KEY_PEM_MAX_LEN = 4 * 1024,
};

/* Some 32 KiB: not for the stack. Wipe what was a copy. */
struct settings {
    bool sip_is_set; /* false: sip is sip_settings_default */
    struct sip_settings sip;
    bool second_is_set; /* the same for the second account, which has no STUN server */
    struct sip_settings second;
    enum switch_state sip_enable; /* of both; unset reads as off; the first settings turn it on */
    bool is_reregister;           /* try again after a failure */
    uint16_t reregister_time_s;   /* the longest pause before that */
    bool sip_tls_is_checked;      /* false: any certificate of a SIP server will do */
    char sip_ca_pem[CA_PEM_MAX_LEN + 1]; /* whom to trust besides the system's CAs; "": nobody */
    struct call_settings calls;
    struct lock_settings locks;
    struct entry_settings entry;
    struct device_settings device;
    struct syslog_settings syslog;
    /* Of the API and page over HTTPS; "": none yet. The key fits the certificate. */
    char https_certificate_pem[CERTIFICATE_PEM_MAX_LEN + 1];
    char https_key_pem[KEY_PEM_MAX_LEN + 1];
    char admin_hash[ADMIN_HASH_MAX_LEN + 1]; /* argon2id, see settings/admin.h; "": none yet */
    char serial[SERIAL_LEN + 1];             /* UUID of this panel, made at first start */
};

/* Before anyone has set anything. */
void settings_init(struct settings *settings);

/* Nothing of them stays in memory. */
void settings_wipe(struct settings *settings);

#endif
