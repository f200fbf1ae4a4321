/* SPDX-License-Identifier: MIT */
/* check.h - tries an account from the name on, step by step, and tells what each has shown:
 * resolve, connect, certificate, register, stun. A redirect to another server of the account is
 * followed, and its steps add to those of the first. On sockets, with a Call-ID and a Contact (and
 * an instance) of its own, so that a running registration is not touched; it un-registers what it
 * has registered. Loop thread only. Never blocks. */
#ifndef SIP_CHECK_H
#define SIP_CHECK_H

#include <stdbool.h>

#include "settings/sip_settings.h"

struct check;
struct report;
struct resolver;
struct tls_trust;
struct trace;
struct worker;

enum {
    CHECK_MAX_MS = 60000,
    CHECK_ANSWER_MS = 10000, /* for an answer of the last address; somebody waits and watches */
    CHECK_LEAVE_MS = 2000,   /* for the answer to the goodbye */
};

/* Borrowed, all but trust, until check_free. */
struct check_config {
    const char *bind; /* as transport_config has it; its port is not used */
    struct resolver *resolver;
    struct worker *worker;       /* for reading CAs */
    struct tls_trust *trust;     /* a reference is kept */
    bool is_strict;              /* see tls_peer_new */
    const char *software;        /* User-Agent */
    struct trace *trace;         /* told its messages; NULL: nobody */
    const char *running_contact; /* URI of a binding that runs beside; "" or NULL: none. Copied */
};

/* report: valid for the time of the call. The check may be freed in it. */
typedef void check_done_fn(const struct report *report, void *arg);

/* settings: copied; NULL: there are none, which is the first fault. done is called from the loop,
 * once, CHECK_MAX_MS + CHECK_LEAVE_MS later at most.
 * Returns 0, EINVAL (bind) or ENOMEM; caller owns *ret_check. */
int check_start(const struct check_config *config, const struct sip_settings *settings,
                check_done_fn *done, void *arg, struct check **ret_check);

/* To be asked in done: the server has let go of running_contact in favour of the check's own, so
 * it should be bound again. */
bool check_has_displaced(const struct check *check);

/* Break it off: the step at hand fails, what was registered is un-registered, then done is called
 * as usual. */
void check_stop(struct check *check);

/* Instant; done will not be called, no goodbye is said. NULL is fine; returns NULL. */
struct check *check_free(struct check *check);

#endif
