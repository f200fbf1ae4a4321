/* SPDX-License-Identifier: MIT */
/* fake_locks.h - the locks of a panel (panel.h) for tests of http: they note what they are told. */
#ifndef FAKE_LOCKS_H
#define FAKE_LOCKS_H

#include <stdbool.h>

#include "panel/panel.h"

struct fake_locks {
    bool is_absent[PANEL_LOCKS + 1]; /* by number */
    bool is_failing[PANEL_LOCKS + 1];
    struct panel_lock_state states[PANEL_LOCKS + 1];
    char told[400]; /* "open 1 by 192.0.2.7;emergency 2 10 by 192.0.2.7;close 0;" */
};

extern struct fake_locks fake_locks;

#endif
