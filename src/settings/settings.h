/* SPDX-License-Identifier: MIT */
/* settings.h - all that the API can set and the panel keeps, as one plain value.
 * To change something: copy, edit the copy, have it stored, then swap the whole
 * (panel_change). The running copy is never half changed. */
#ifndef SETTINGS_SETTINGS_H
#define SETTINGS_SETTINGS_H

#include "settings/sip_settings.h"

enum switch_state { SWITCH_UNSET, SWITCH_OFF, SWITCH_ON };

enum { ADMIN_HASH_MAX_LEN = 127, SERIAL_LEN = 36 };

struct settings {
    bool sip_is_set; /* false: sip is sip_settings_default */
    struct sip_settings sip;
    enum switch_state sip_enable;            /* unset reads as off; the first settings turn it on */
    char admin_hash[ADMIN_HASH_MAX_LEN + 1]; /* argon2id, see settings/admin.h; "": none yet */
    char serial[SERIAL_LEN + 1];             /* UUID of this panel, made at first start */
};

#endif
