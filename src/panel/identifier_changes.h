/* SPDX-License-Identifier: MIT */
/* identifier_changes.h - changes of the identifiers: one after the other, each on what the one
 * before left; on disk first, then in memory. For panel.c, and for http by
 * panel_identifier_changes(). Loop thread only. Never blocks. */
#ifndef PANEL_IDENTIFIER_CHANGES_H
#define PANEL_IDENTIFIER_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "settings/field_error.h"

struct identifier_changes;
struct identifiers;
struct json_t;
struct store;
struct worker;

enum {
    IDENTIFIER_CHANGES_MAX = 64,         /* may wait */
    IDENTIFIER_CHANGES_MAX_PASSES = 64,  /* passes besides them */
    IDENTIFIER_CHANGES_MAX_ITEMS = 200,  /* of one link */
    IDENTIFIER_CHANGES_MAX_UIDS = 32768, /* of one removal: more than a body can hold */
};

/* What may be asked for. */
enum identifier_change {
    IDENTIFIER_ADD,        /* body: one identifier */
    IDENTIFIER_EDIT,       /* body: members of the one with this uid */
    IDENTIFIER_REMOVE_ONE, /* the one with this uid; no body */
    IDENTIFIER_REMOVE,     /* body: `uid_items`; those that are not there do not matter */
    IDENTIFIER_LINK,       /* body: `list_items`, each added, or put in the place of its link_id */
    IDENTIFIER_UNLINK,     /* body: `link_ids`, as before */
};

/* What became of a change. Valid for the time of the call. */
struct identifier_outcome {
    int err; /* 0: stored and in force. EINVAL: see error. ENOENT: no such uid. ENOSPC, EROFS, EIO …
              */
    struct field_error error;
    bool is_full;         /* ENOSPC is for the list, not for the disk */
    const uint32_t *uids; /* of those that were added or changed, in the order of the body */
    size_t n_uids;
};

typedef void identifier_done_fn(const struct identifier_outcome *outcome, void *arg);
typedef void identifier_changed_fn(void *arg);

/* table: what is stored; taken. Returns 0 or ENOMEM (table is not taken); caller owns *ret_changes.
 */
int identifier_changes_new(struct store *store, struct worker *store_worker,
                           struct identifiers *table, struct identifier_changes **ret_changes);

/* Those that wait are told ECANCELED. NULL is fine; returns NULL. */
struct identifier_changes *identifier_changes_free(struct identifier_changes *changes);

/* changed: told after each change. */
void identifier_changes_listen(struct identifier_changes *changes, identifier_changed_fn *changed,
                               void *arg);

/* Borrowed until the next change. */
const struct identifiers *identifier_changes_table(const struct identifier_changes *changes);

struct identifier_request {
    enum identifier_change change;
    uint32_t uid;
    struct json_t *body; /* NULL: none; one more owner is made */
};

/* done: called once, later, from the loop, unless this fails. All or nothing of it is done.
 * Returns 0, EBUSY (too many wait) or ENOMEM. */
int identifier_changes_make(struct identifier_changes *changes,
                            const struct identifier_request *request, identifier_done_fn *done,
                            void *arg);

/* Somebody was let in: a pass less, in memory at once, so that it cannot be used twice, and on disk
 * when that is possible. Nothing happens if passes are not counted. */
void identifier_changes_use_pass(struct identifier_changes *changes, uint32_t uid);

#endif
