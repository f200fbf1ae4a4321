/* SPDX-License-Identifier: MIT */
/* entry_settings.h - what decides about the door besides calls and the list of identifiers: master
 * code and card, the remote access server, free access, door sensor and exit button. One plain
 * value and the rules for its members. Pure functions, any thread. */
#ifndef SETTINGS_ENTRY_SETTINGS_H
#define SETTINGS_ENTRY_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "settings/member.h"

enum {
    ENTRY_MAX_CODE = 8,         /* digits, at least 1 */
    ENTRY_MAX_CARD = 64,        /* characters */
    ENTRY_MAX_URL = 511,        /* characters */
    ENTRY_MAX_FREE_TIMES = 28,  /* four a day */
    ENTRY_MAX_FREE_TEXT = 1023, /* of all as text, see entry_free_write */
    ENTRY_MAX_DELAY_S = 86400,  /* at least 1 */
    ENTRY_DAY_S = 86400,
    ENTRY_DAYS = 7,
};

enum entry_lock { ENTRY_LOCK_FIRST, ENTRY_LOCK_SECOND, ENTRY_LOCK_ALL, ENTRY_LOCKS };

/* One stretch of time on one day of the week, in which a lock may be opened by the free access
 * button. */
struct free_time {
    enum entry_lock lock;
    bool is_on;
    unsigned day;    /* 0: Monday */
    uint32_t from_s; /* of that day; both below ENTRY_DAY_S */
    uint32_t to_s;   /* its minute still counts; before from_s: it goes on past midnight */
};

/* Copy by =, nothing to free. */
struct entry_settings {
    bool is_code_on;
    char code[ENTRY_MAX_CODE + 1]; /* the master code; "": none */
    char card[ENTRY_MAX_CARD + 1]; /* the master card, as written; "": none */
    bool is_remote_on;             /* both: the server is asked */
    bool is_custom_server_on;
    char server_url[ENTRY_MAX_URL + 1]; /* as written, maybe without scheme; "": none */
    bool is_sensor_on;
    uint32_t opening_delay_s; /* how long the door may stand open */
    bool is_repeated;         /* then it is told again */
    uint32_t repeat_delay_s;  /* after that long */
    bool is_exit_button_on;
    bool is_free_on;
    unsigned n_free_times;
    struct free_time free_times[ENTRY_MAX_FREE_TIMES];
};

extern const struct entry_settings entry_settings_default;

/* Those members that a table can describe, under the names they are stored by. */
extern const struct member_table entry_settings_members;

/* NULL if it is good, else what it must be. Of the empty text, too: NULL. */
const char *entry_check_code(const char *text);
const char *entry_check_url(const char *text);

/* "first", "second", "all"; "MON" to "SUN". Parsing: false if there is no such word. */
const char *entry_lock_text(enum entry_lock lock);
bool entry_lock_parse(const char *text, enum entry_lock *ret_lock);
const char *entry_day_text(unsigned day);
bool entry_day_parse(const char *text, unsigned *ret_day);

/* The free times as one line of ENTRY_MAX_FREE_TEXT characters at most, and back (false: that is
 * none). "all 1 0 0 86340;..." */
void entry_free_write(const struct entry_settings *settings, char text[ENTRY_MAX_FREE_TEXT + 1]);
bool entry_free_read(const char *text, struct entry_settings *settings);

/* Is lock 1 or 2 free at this second of this day? */
bool entry_is_free(const struct entry_settings *settings, unsigned lock, unsigned day,
                   uint32_t second);

#endif
