/* SPDX-License-Identifier: MIT */
/* calls.h - the panel's calls as http and the command line see them: values. What makes them:
 * calling.h. Loop thread only. */
#ifndef PANEL_CALLS_H
#define PANEL_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "settings/forward.h"

enum panel_call_state {
    PANEL_CALL_DIALLING,
    PANEL_CALL_RINGING,
    PANEL_CALL_INCOMING, /* rings here */
    PANEL_CALL_TALKING,
    PANEL_CALL_ENDED,
};

/* Who or what has pressed. */
enum panel_call_by { PANEL_CALL_BY_KEYPAD, PANEL_CALL_BY_API, PANEL_CALL_BY_CALLER };

enum { PANEL_CALL_MAX_REASON = 200, PANEL_CALL_MAX_URI = 255 };

/* One target: when, to whom, what answer. Times are Unix ms, 0: not (yet). */
struct panel_call_try {
    char target[NUMBER_MAX_LEN + 1]; /* as the forward table or the caller has it */
    char uri[PANEL_CALL_MAX_URI + 1];
    unsigned account; /* 1 or 2; 0: never got that far */
    int64_t at_ms, ringing_at_ms, answered_at_ms, ended_at_ms;
    int code;        /* last SIP response; 0: none */
    const char *end; /* "busy", "no answer", ...; "" while it runs */
    char reason[PANEL_CALL_MAX_REASON];
};

struct panel_call_sound {
    bool is_running;
    uint32_t sent, received, lost;
    unsigned jitter_ms, delay_ms;
    int level_in_dbov, level_out_dbov; /* microphone, loudspeaker; -127: nothing */
    bool is_device_lost;
};

/* One press, or one call to us. */
struct panel_call {
    unsigned id; /* from 1 on, since the start */
    enum panel_call_by by;
    enum panel_call_state state;
    char number[NUMBER_MAX_LEN + 1]; /* what was pressed; who calls */
    int64_t started_at_ms, answered_at_ms, ended_at_ms;
    const char *end; /* as in the last try; "" while it runs */
    char reason[PANEL_CALL_MAX_REASON];
    bool is_held;
    struct panel_call_sound sound; /* of the running call; else its last */
    unsigned n_tries;
    const struct panel_call_try *tries; /* borrowed for the time of the call */
};

/* "dialling", "ringing", "incoming", "talking", "ended"; "keypad", "api", "caller". */
const char *panel_call_state_name(enum panel_call_state state);
const char *panel_call_by_name(enum panel_call_by by);

typedef void panel_call_fn(const struct panel_call *call, void *arg);

#endif
