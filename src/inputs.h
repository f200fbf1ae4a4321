/* SPDX-License-Identifier: MIT */
/* inputs.h - the panel's real keypad, reader, door contact and exit button, as the configuration
 * names them, brought to the panel. Loop thread only. Never blocks. */
#ifndef INPUTS_H
#define INPUTS_H

struct config;
struct inputs;
struct panel;

enum { INPUTS_MAX_LINE = 64, INPUTS_LINE_MS = 2000 };

/* What is not there yet is looked for again and again; so is what vanishes. panel: borrowed.
 * Returns 0 or ENOMEM; caller owns *ret_inputs. */
int inputs_new(const struct config *config, struct panel *panel, struct inputs **ret_inputs);
struct inputs *inputs_free(struct inputs *inputs);

#endif
