/* SPDX-License-Identifier: MIT */
/* syslog_text.h - what syslog receivers are told of an event: EVENT:NUMBER:ARGUMENT:...:TEXT.
 * Receivers in the field split it at ':' and ',' and look at fixed places, so the table in
 * syslog_text.c counts. Pure functions. */
#ifndef PUSH_SYSLOG_TEXT_H
#define PUSH_SYSLOG_TEXT_H

#include <stdbool.h>
#include <stdint.h>

struct entry;

enum {
    SYSLOG_TEXT_SIZE = 700,     /* with a NUL; what is longer is cut */
    SYSLOG_TEXT_MAX_VALUE = 96, /* so is a value longer than this */
};

/* A value. */
struct syslog_text {
    unsigned severity; /* 0 emergency ... 7 debug */
    int64_t at_ms;     /* Unix time */
    char text[SYSLOG_TEXT_SIZE];
};

/* Returns false if nobody is told of such an event. */
bool syslog_text_of(const struct entry *entry, struct syslog_text *ret_text);

/* The filling of a template, for tests: {name} is the field of that name, without what would move
 * the places of others; {name@} the same as user@host, without scheme and port; {name#} as hex
 * digits without separators; {one|other} the first that is not empty. fields: a JSON object. */
void syslog_text_fill(const char *template, const char *fields, char *buf, unsigned size);

#endif
