/* SPDX-License-Identifier: MIT */
/* check_impl.h - the inside of a check, for check.c (its beginning and its end), check_steps.c (up
 * to the registration) and check_stun.c (the last step) only. */
#ifndef SIP_CHECK_IMPL_H
#define SIP_CHECK_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/report.h"
#include "base/timer.h"
#include "sip/check.h"
#include "sip/identity.h"
#include "sip/registration.h"
#include "sip/unasked.h"

enum check_step {
    CHECK_RESOLVE,
    CHECK_CONNECT,
    CHECK_CERTIFICATE,
    CHECK_REGISTER,
    CHECK_STUN,
    CHECK_STEPS /* how many there are */
};

enum { CHECK_MAX_SA_TEXT = 64 };

struct resolver_query;
struct stun_query;
struct target;
struct tls_peer;
struct tls_trust_wait;
struct trace_entry;
struct transport;

struct check {
    struct check_config config;
    struct sip_settings settings;
    bool has_settings;
    struct identity identity;
    char instance[64]; /* urn:uuid:..., of this check only */
    check_done_fn *done;
    void *arg;

    struct report report;
    enum check_step step;
    struct transport *transport;
    struct registration *registration;
    struct tls_peer *tls;
    struct tls_trust_wait *wait; /* for the CAs */
    struct target *target;
    struct resolver_query *query; /* for the CHECK_STUN server */
    struct stun_query *stun;
    char stun_name[SIP_SETTINGS_MAX_URI + 8];
    struct unasked_limit unasked;
    uint64_t began_ms; /* the connection */
    char running_contact[REGISTRATION_MAX_CONTACT];
    bool has_displaced; /* see check_has_displaced */

    struct timer next;  /* goes on from the loop: the library may be in the middle of something */
    struct timer limit; /* of what is waited for */
    unsigned limit_s;
    struct timer whole;
    bool is_over; /* nothing but the goodbye is left */
    bool is_bound;
};

/* ---- check.c ---- */

/* Where it tells what it has seen. */
struct report_step *check_step_of(struct check *check, enum check_step step);

/* It is good; the next one is at hand. */
void check_pass(struct check *check, enum check_step step);

/* The step at hand has failed; what was seen is there already. */
void check_fail(struct check *check, const char *advice);

/* Leave nothing behind, then tell. */
void check_end(struct check *check);

/* What was registered is removed, or the server does not say so. */
void check_on_goodbye(struct check *check, bool is_gone);

/* ---- check_steps.c ---- */

/* A timer_fn: from the name on. */
void check_begin(void *arg);

/* A target_found_fn, a registration_result_fn and what transport_config wants. */
void check_on_found(int err, bool has_moved, void *arg);
void check_on_result(const struct registration_result *result, void *arg);
void check_on_traffic(const struct trace_entry *message, size_t len, void *arg);

/* ---- check_stun.c ---- */

/* A timer_fn: the last step, which ends the check. */
void check_try_stun(void *arg);

#endif
