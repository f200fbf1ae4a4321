/* SPDX-License-Identifier: MIT */
#include "sip/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_sa.h>
#include <re_sys.h>

#include "sip/check_impl.h"
#include "sip/resolver.h"
#include "sip/stun.h"
#include "sip/target.h"
#include "sip/tls_peer.h"
#include "sip/tls_trust.h"
#include "sip/transport.h"

/* For the goodbye to a server that has not answered. */
enum { LEAVE_UNSURE_MS = 500 };

static const char *const step_names[CHECK_STEPS] = {"resolve", "connect", "certificate", "register",
                                                    "stun"};

struct report_step *check_step_of(struct check *check, enum check_step step)
{
    return &check->report.steps[step];
}

void check_pass(struct check *check, enum check_step step)
{
    check_step_of(check, step)->result = REPORT_OK;
    check->step = step + 1;
}

/* ---- the end ---- */

static void finish(void *arg)
{
    struct check *check = arg;

    timer_stop(&check->next);
    timer_stop(&check->limit);
    timer_stop(&check->whole);
    check->done(&check->report, check->arg); /* may have freed it */
}

static void on_no_goodbye(void *arg)
{
    struct check *check = arg;

    if (check->is_bound)
        report_see(check_step_of(check, CHECK_REGISTER),
                   "the server has not confirmed that this registration of the check is removed; "
                   "it ends by itself");
    finish(check);
}

/* From the loop: leave nothing behind, then tell. */
static void clean_up(void *arg)
{
    struct check *check = arg;

    check->wait = tls_trust_cancel(check->wait);
    target_cancel(check->target);
    check->query = resolver_cancel(check->query);
    check->stun = stun_query_stop(check->stun);
    if (check->step < CHECK_REGISTER || !registration_may_be_bound(check->registration) ||
        registration_remove(check->registration)) {
        finish(check);
        return;
    }
    timer_start(&check->limit, check->is_bound ? CHECK_LEAVE_MS : LEAVE_UNSURE_MS, on_no_goodbye,
                check);
}

void check_end(struct check *check)
{
    if (check->is_over)
        return;
    check->is_over = true;
    timer_stop(&check->limit);
    timer_stop(&check->whole);
    timer_start(&check->next, 0, clean_up, check);
}

void check_fail(struct check *check, const char *advice)
{
    struct report_step *step = check_step_of(check, check->step);

    step->result = REPORT_FAILED;
    (void)snprintf(step->advice, sizeof(step->advice), "%s", advice);
    check_end(check);
}

static void on_whole_limit(void *arg)
{
    struct check *check = arg;

    report_see(check_step_of(check, check->step), "not finished after %u s", CHECK_MAX_MS / 1000);
    check_fail(check, "try again; look at what takes so long");
}

void check_stop(struct check *check)
{
    if (check->is_over)
        return;
    report_see(check_step_of(check, check->step), "the panel is stopping");
    check_fail(check, "try again when it runs");
}

/* From the loop: finish may free the check. */
void check_on_goodbye(struct check *check, bool is_gone)
{
    timer_start(&check->next, 0, is_gone ? finish : on_no_goodbye, check);
}

/* ---- life ---- */

static void on_request(struct sip *sip, const struct sip_msg *msg, void *arg)
{
    struct check *check = arg;

    unasked_answer(sip, msg, &check->unasked);
}

/* The same address as the panel's own, but any free port. */
static int open_transport(struct check *check)
{
    char bind[CHECK_MAX_SA_TEXT];
    struct transport_config config = {
        .bind = bind,
        .software = check->config.software,
        .on_request = on_request,
        .on_traffic = check_on_traffic,
        .arg = check,
    };
    const char *configured = check->config.bind ? check->config.bind : "0.0.0.0";
    struct sa addr;

    if (sa_decode(&addr, configured, strlen(configured)))
        return EINVAL;
    sa_set_port(&addr, 0);
    (void)re_snprintf(bind, sizeof(bind), "%J", &addr);
    return transport_new(&config, &check->transport);
}

static int make_parts(struct check *check)
{
    struct registration_config registration = {
        .instance = check->instance,
        .user_agent = check->config.software,
        .on_result = check_on_result,
        .arg = check,
    };
    int err = open_transport(check);

    if (err)
        return err;
    registration.transport = check->transport;
    err =
        target_new(check->config.resolver, &check->settings, check_on_found, check, &check->target);
    if (!err)
        err = registration_new(&registration, &check->settings, &check->registration);
    return err;
}

int check_start(const struct check_config *config, const struct sip_settings *settings,
                check_done_fn *done, void *arg, struct check **ret_check)
{
    struct check *check = calloc(1, sizeof(*check));
    int err;

    if (!check)
        return ENOMEM;
    check->config = *config;
    check->config.trust = tls_trust_ref(config->trust);
    check->config.running_contact = NULL;
    check->done = done;
    check->arg = arg;
    check->has_settings = settings != NULL;
    check->settings = settings ? *settings : sip_settings_default;
    identity_make(&check->settings, &check->identity);
    if (config->running_contact)
        (void)snprintf(check->running_contact, sizeof(check->running_contact), "%s",
                       config->running_contact);
    report_init(&check->report, step_names, CHECK_STEPS);
    /* RFC 4122 section 4.4: a random one */
    (void)re_snprintf(check->instance, sizeof(check->instance),
                      "urn:uuid:%08x-%04x-4%03x-a%03x-%04x%08x", rand_u32(), rand_u16(),
                      rand_u16() & 0xfff, rand_u16() & 0xfff, rand_u16(), rand_u32());
    err = make_parts(check);
    if (err) {
        check_free(check);
        return err;
    }
    timer_start(&check->whole, CHECK_MAX_MS, on_whole_limit, check);
    timer_start(&check->next, 0, check_begin, check);
    *ret_check = check;
    return 0;
}

bool check_has_displaced(const struct check *check)
{
    return check->has_displaced;
}

struct check *check_free(struct check *check)
{
    if (!check)
        return NULL;
    timer_stop(&check->next);
    timer_stop(&check->limit);
    timer_stop(&check->whole);
    tls_trust_cancel(check->wait);
    target_free(check->target);
    resolver_cancel(check->query);
    stun_query_stop(check->stun);
    registration_free(check->registration);
    transport_free(check->transport);
    tls_peer_free(check->tls);
    tls_trust_free(check->config.trust);
    sip_settings_wipe(&check->settings);
    free(check);
    return NULL;
}
