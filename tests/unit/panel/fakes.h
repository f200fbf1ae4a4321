/* SPDX-License-Identifier: MIT */
/* fakes.h - what the panel calls, noting what it was told: store.c and agent.c. */
#ifndef FAKES_H
#define FAKES_H

#include <pthread.h>

#include "media/camera.h"
#include "settings/settings.h"
#include "sip/agent.h"

enum { FAKES_MAX_SAVES = 64 };

struct fake_store {
    pthread_mutex_t gate;                   /* held: saving waits */
    int err;                                /* what saving says */
    struct settings saved[FAKES_MAX_SAVES]; /* each that was asked for */
    unsigned n_saves, n_backups, n_resets;
    char serial[SERIAL_LEN + 1]; /* of the last reset */
    const char *problem;
};

struct fake_agent {
    struct agent_status status;
    struct sip_settings applied; /* the last, while is_on */
    bool is_on;
    bool is_retrying; /* as set last */
    unsigned longest_pause_s;
    char ca_pem[CA_PEM_MAX_LEN + 1];
    bool is_strict;
    unsigned n_set_trust, applied_with_trust; /* n_set_trust at the last agent_apply */
    unsigned n_applied, n_register_now;
    unsigned n_checks;
    bool checked_with_settings;
    char callers[CALL_SETTINGS_MAX_LIST + 1];
};

/* Gives "JPEG" from inside camera_take. */
struct fake_camera {
    struct camera_shot shot; /* the last that was asked for */
    int err;                 /* of the picture */
    bool refuses;
};

extern struct fake_camera fake_camera;
extern struct fake_store fake_store;
extern struct fake_agent fake_agent, fake_second;

void fakes_reset(void);

/* The handles for panel_config. */
struct agent *fakes_agent(struct fake_agent *fake);

#endif
