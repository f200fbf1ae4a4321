/* SPDX-License-Identifier: MIT */
/* identifier_plan.h - what a change of the identifiers comes to, seen from the list as it is: who
 * is put or removed, in memory and as rows; or why it is refused. Never blocks. */
#ifndef PANEL_IDENTIFIER_PLAN_H
#define PANEL_IDENTIFIER_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "access/identifier_rows.h"
#include "panel/identifier_changes.h"

struct identifier;
struct identifiers;
struct identifiers_batch;

struct identifier_plan {
    struct identifiers *table;         /* borrowed */
    struct identifier_request request; /* an owner of its body */
    struct field_error error;          /* of EINVAL */
    bool is_full;                      /* ENOSPC is for the list */
    struct identifier *put;
    size_t n_put;
    uint32_t *uids; /* removed, in ascending order; or of put */
    size_t n_uids;
    struct identifier_rows rows; /* the same for the store */
    struct identifiers_batch *batch;
};

/* Make it of table and request; all else is zero before. Once only, and then the list must not be
 * changed but by identifier_plan_apply. Returns 0, EINVAL, ENOENT, ENOSPC or ENOMEM. */
int identifier_plan_make(struct identifier_plan *plan);

/* The same for a pass of request.uid that was used in memory. Returns 0 or ENOENT. */
int identifier_plan_make_pass(struct identifier_plan *plan);

/* Put it in force in memory; cannot fail. */
void identifier_plan_apply(struct identifier_plan *plan);

/* Frees what it holds, also the request's body. */
void identifier_plan_done(struct identifier_plan *plan);

#endif
