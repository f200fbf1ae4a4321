/* SPDX-License-Identifier: MIT */
/* decision.h - may what was scanned open the door, by the panel's own settings and list? Pure
 * function, any thread. */
#ifndef ACCESS_DECISION_H
#define ACCESS_DECISION_H

#include <stdbool.h>

#include "access/identifiers.h"

struct entry_settings;
struct scan;

enum decision_cause {
    DECISION_MASTER_CODE,
    DECISION_MASTER_CARD,
    DECISION_IDENTIFIER,
    DECISION_NOT_VALID, /* one of the list, but not now */
    DECISION_UNKNOWN,
};

enum { DECISION_BOTH_LOCKS = 0 };

struct decision {
    enum decision_cause cause;
    bool is_granted;
    unsigned lock; /* if granted: 1, 2 or DECISION_BOTH_LOCKS */
};

/* The master code and card come before the list and open both locks.
 * verdict: what identifiers_match says of the scan; found: the one it means, unless unknown. */
struct decision decision_make(const struct entry_settings *settings, const struct scan *scan,
                              enum identifiers_verdict verdict, const struct identifier *found);

/* Why one of the list does not open, in words. */
const char *decision_words(enum identifiers_verdict verdict);

#endif
