/* SPDX-License-Identifier: MIT */
/* timezone.h - the panel's time zone as clients write it: an offset, "UTC+03:00"; zero is
 * "UTC\u00b100:00" to most of them. Pure functions, any thread. */
#ifndef SETTINGS_TIMEZONE_H
#define SETTINGS_TIMEZONE_H

enum {
    TIMEZONE_MIN_LEN = 3, /* "UTC" */
    TIMEZONE_MAX_LEN = 10,
    TIMEZONE_MAX_MIN = 14 * 60, /* the largest offset there is; to the west 12 h */
    TIMEZONE_TEXT_SIZE = 32,
};

#define TIMEZONE_ZERO "UTC\u00b100:00"

/* Returns NULL if text is "UTC", or that with a sign (+, -, or the one of both) and HH:MM within
 * -12:00 to +14:00; else why not. */
const char *timezone_check(const char *text);

/* What it adds to UTC, in minutes; 0 for what is not good. */
int timezone_offset_min(const char *text);

/* "2026-11-24 14:03:05 UTC+03:00" of a Unix time there. */
void timezone_show(const char *zone, long long unix_s, char ret_text[TIMEZONE_TEXT_SIZE]);

#endif
