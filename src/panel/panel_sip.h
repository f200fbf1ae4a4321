/* SPDX-License-Identifier: MIT */
/* panel_sip.h - from the settings to the SIP accounts, and from these back to what panel.h
 * tells of them. For panel.c only. Loop thread only. Never blocks. */
#ifndef PANEL_PANEL_SIP_H
#define PANEL_PANEL_SIP_H

#include "panel/panel.h"

struct panel_sip {
    struct agent *agents[PANEL_ACCOUNTS]; /* borrowed; those but the first may be NULL */
    struct event_bus *events;             /* borrowed */
};

/* Switch on what is on, at the start. */
void panel_sip_start(const struct panel_sip *sip, const struct settings *settings);

/* Have the agents follow a change of the settings from old to edited. */
void panel_sip_apply(const struct panel_sip *sip, const struct settings *old,
                     const struct settings *edited);

/* Emit the events of that change, once edited are the running settings. */
void panel_sip_tell(const struct panel_sip *sip, const struct settings *old,
                    const struct settings *edited);

/* See panel_sip_status. problem: what is wrong with the store, or "". */
void panel_sip_read_status(const struct panel_sip *sip, const struct settings *settings,
                           const char *problem, unsigned account,
                           struct panel_sip_status *ret_status);

/* See panel_sip_check. */
int panel_sip_start_check(const struct panel_sip *sip, const struct settings *settings,
                          unsigned account, panel_checked_fn *done, void *arg);

/* See panel_sip_trace. */
void panel_sip_show_trace(const struct panel_sip *sip, panel_sip_message_fn *show, void *arg);

#endif
