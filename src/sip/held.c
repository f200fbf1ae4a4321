/* SPDX-License-Identifier: MIT */
/* held.c - see held.h.
 *
 * A message of libre 1.1 has a reference on the connection it came by, and the stack's table has
 * the one that the connection gives back by itself when it closes. A flush of the table took that
 * away too early: the connection then gave back a message's, and was used when it was gone. The
 * linker (--wrap) puts ours in the place of hash_flush; the link that was in the table goes to a
 * list of ours, from where the library takes it out as it would there. */
#include "sip/held.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_list.h>
#include <re_hash.h>
#include <re_mbuf.h>
#include <re_mem.h>
#include <re_msg.h>
#include <re_sa.h>
#include <re_uri.h>
#include <re_sip.h>

#include "base/timer.h"

enum { SWEEP_MS = 1000 };

struct held {
    struct list connections;
    struct timer sweep;
};

/* While set, the next table that is flushed is that of connections. */
static struct held *flushing;

void __real_hash_flush(struct hash *h);
void __wrap_hash_flush(struct hash *h);

static bool put_aside(struct le *le, void *arg)
{
    struct held *held = arg;
    void *connection = le->data;

    if (mem_nrefs(connection) > 1) {
        hash_unlink(le);
        list_append(&held->connections, le, connection);
    }
    return false;
}

void __wrap_hash_flush(struct hash *h)
{
    struct held *held = flushing;

    flushing = NULL;
    if (held)
        (void)hash_apply(h, put_aside, held);
    __real_hash_flush(h);
}

/* The library does not tell when the last message has gone. */
static void sweep(void *arg)
{
    struct held *held = arg;

    for (struct le *le = held->connections.head, *next; le; le = next) {
        next = le->next;
        if (mem_nrefs(le->data) == 1)
            mem_deref(le->data); /* takes itself out of the list */
    }
    if (held->connections.head)
        timer_start(&held->sweep, SWEEP_MS, sweep, held);
}

void held_flush(struct held *held, struct sip *sip)
{
    flushing = held;
    sip_transp_flush(sip);
    if (held->connections.head && !timer_is_running(&held->sweep))
        timer_start(&held->sweep, SWEEP_MS, sweep, held);
}

int held_new(struct held **ret_held)
{
    *ret_held = calloc(1, sizeof(**ret_held));
    return *ret_held ? 0 : ENOMEM;
}

struct held *held_free(struct held *held)
{
    if (!held)
        return NULL;
    timer_stop(&held->sweep);
    list_flush(&held->connections);
    free(held);
    return NULL;
}
