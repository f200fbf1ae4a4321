/* SPDX-License-Identifier: MIT */
/* entrance.h - what happens at the door besides calls: a card, a QR code or a code is held before
 * it, a button is pressed, the contact of the door changes. Decides, opens, then tells. Loop thread
 * only. Never blocks; the door waits for nothing but the remote access server, if there is one, and
 * for that ACCESS_SERVER_LIMIT_MS at most. */
#ifndef PANEL_ENTRANCE_H
#define PANEL_ENTRANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "access/identifiers.h"
#include "access/scan.h"

struct doors;
struct entrance;
struct event_bus;
struct settings;

/* The list of identifiers: as identifiers_match. */
typedef enum identifiers_verdict entrance_match_fn(enum identifier_type type, const char *scanned,
                                                   int64_t now_s, struct identifier *ret_identifier,
                                                   void *list);

/* One of them has opened the door: a pass less. */
typedef void entrance_used_fn(uint32_t uid, void *list);

struct entrance_config {
    struct doors *doors;      /* borrowed */
    struct event_bus *events; /* borrowed */
    entrance_match_fn *match; /* NULL: the list is empty */
    entrance_used_fn *used;
    void *list;
};

/* Returns 0 or ENOMEM; caller owns *ret_entrance. entrance_use comes next. */
int entrance_new(const struct entrance_config *config, struct entrance **ret_entrance);
struct entrance *entrance_free(struct entrance *entrance);

/* Follow these settings; borrowed until the next call. old: those before, to tell what changed;
 * NULL at the start. */
void entrance_use(struct entrance *entrance, const struct settings *old,
                  const struct settings *settings);

enum entrance_result {
    ENTRANCE_NOTHING, /* yet; or a button that opens nothing now */
    ENTRANCE_GRANTED,
    ENTRANCE_DENIED,
    ENTRANCE_ASKING, /* the remote access server; what comes of it is an event */
    ENTRANCE_SAME,   /* that is being asked already: ignored */
    ENTRANCE_PAUSED, /* after wrong codes no code is taken for a while */
};

/* "granted" and so on. */
const char *entrance_result_text(enum entrance_result result);

/* Something was scanned or typed. */
enum entrance_result entrance_scan(struct entrance *entrance, const struct scan *scan);

/* The exit button: opens lock 1 unless it is switched off. */
enum entrance_result entrance_exit_button(struct entrance *entrance);

/* The free access button: opens the locks that are free now. */
enum entrance_result entrance_free_button(struct entrance *entrance);

/* The contact of the door. */
void entrance_sensor(struct entrance *entrance, bool is_open);

struct entrance_state {
    bool is_open;     /* the door, by its contact */
    bool is_too_long; /* for longer than it may */
    uint64_t open_ms;
    unsigned n_asking;         /* questions to the remote access server under way */
    enum entrance_result last; /* of scans and buttons; NOTHING: there was none */
    int64_t last_at_ms;        /* Unix time */
    uint64_t code_wait_ms;     /* how long no code is taken */
    bool is_free[2];           /* each lock: free access is on and it is its time */
};

/* How it is now. */
void entrance_state(const struct entrance *entrance, struct entrance_state *ret_state);

/* Is there a code in the list with the same digits as this? Then it cannot be the master code. */
bool entrance_code_is_taken(const struct entrance *entrance, const char *digits);

#endif
