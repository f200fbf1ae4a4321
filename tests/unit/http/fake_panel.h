/* SPDX-License-Identifier: MIT */
/* fake_panel.h - a panel (panel.h) in memory, for tests of http: settings that a test can
 * see and change, and a store that can be made to fail. */
#ifndef FAKE_PANEL_H
#define FAKE_PANEL_H

#include "panel/panel.h"

/* password: the admin's. Never fails: aborts instead. */
struct panel *fake_panel_new(const char *password);

struct settings *fake_panel_settings(struct panel *panel);

/* What the store answers from now on; 0: stores. */
void fake_panel_fail_with(struct panel *panel, int err);

/* While held, changes wait for their turn. */
void fake_panel_hold(struct panel *panel, bool is_held);

/* Changes that wait. */
unsigned fake_panel_waiting(const struct panel *panel);

/* How often panel_reboot was called. */
unsigned fake_panel_rebooted(const struct panel *panel);

/* How often panel_sip_register_now was called. */
unsigned fake_panel_registered(const struct panel *panel);

#endif
