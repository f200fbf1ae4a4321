/* SPDX-License-Identifier: MIT */
/* show.h - the API's answers as text for people. */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

struct json_t;

/* sip/status */
void show_status(const struct json_t *status);

/* Members and values, aligned; nested ones with a dot. */
void show_settings(const struct json_t *settings);

/* sip/check: each step with ok, FAIL or -, what was seen, and below it what to do.
 * Returns 0, or 1 if a step has failed. */
int show_check(const struct json_t *report);

#endif
