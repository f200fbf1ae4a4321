/* SPDX-License-Identifier: MIT */
/* check_alone.h - the check of the SIP settings in a process of its own, while no panel runs:
 * the few parts that it needs, on a loop of its own. Blocks until the check is done. */
#ifndef CHECK_ALONE_H
#define CHECK_ALONE_H

struct config;
struct json_t;

/* Check what is stored in config->state of account 1 or 2. Returns 0, then *ret_report is what the
 * API would have answered and the caller's, or NULL if the account is not set (that is told in the
 * report of the first one if none is); or 1, then it has said why on standard error. */
int check_alone(const struct config *config, unsigned account, struct json_t **ret_report);

#endif
