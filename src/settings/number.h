/* SPDX-License-Identifier: MIT */
/* number.h - whom to call, as the API and the forward table write it: "101", "sip:101@host[:port]",
 * "sip:192.0.2.7[:port]". Pure functions, any thread. */
#ifndef SETTINGS_NUMBER_H
#define SETTINGS_NUMBER_H

#include "settings/host.h"

enum { NUMBER_MAX_LEN = 255, NUMBER_MAX_DIGITS = 32, NUMBER_MAX_USER = 64 };

enum number_kind {
    NUMBER_DIGITS,  /* at the account's domain; digits only */
    NUMBER_URI,     /* a user at a host */
    NUMBER_ADDRESS, /* a host alone: the device there */
    NUMBER_HANDSET, /* "laskomex:7", "vizit:7": wired handsets, which this panel cannot call */
};

struct number {
    enum number_kind kind;
    char user[NUMBER_MAX_USER + 1]; /* digits, user or handset; "" for NUMBER_ADDRESS */
    struct host host;               /* of NUMBER_URI and NUMBER_ADDRESS */
};

/* ret_number: set on success only; NULL if only the answer counts.
 * Returns NULL if good, else what is wrong, in plain words, static. */
const char *number_parse(const char *text, struct number *ret_number);

#endif
