/* SPDX-License-Identifier: MIT */
#include "sip/binding.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <re_types.h>
#include <re_sa.h>

#include "base/network.h"
#include "sip/account.h"
#include "sip/binding_impl.h"
#include "sip/knock.h"
#include "sip/nat.h"
#include "sip/transport.h"

/* ---- what comes from outside ---- */

/* How the way to the server is now. Returns 0, ENETDOWN (no link: the reason is set) or another
 * errno value. */
static int look_at_network(struct binding *binding, struct sa *ret_local)
{
    char name[IF_NAMESIZE];
    int err =
        transport_choose(binding->config.transport, target_address(binding->target), ret_local);

    if (err) {
        attempt_explain(binding->attempt, err, 0, binding->identity.next_hop.name, binding->reason,
                        sizeof(binding->reason));
    } else if (!network_is_up(&ret_local->u.sa, name)) {
        (void)snprintf(binding->reason, sizeof(binding->reason),
                       "the network is down: %s has no link", name[0] ? name : "no interface");
        err = ENETDOWN;
    }
    return err;
}

void binding_network_changed(struct binding *binding, bool link_is_back)
{
    bool was_down = binding->is_network_down;
    struct sa old, now;
    char reason[AGENT_MAX_REASON];

    if (!binding->is_started || binding->left)
        return;
    if (!target_address(binding->target)) { /* not even the name could be looked up */
        if (!target_is_finding(binding->target))
            binding_begin(binding);
        return;
    }
    (void)snprintf(reason, sizeof(reason), "%s", binding->reason);
    transport_local(binding->config.transport, &old);
    binding->is_network_down = look_at_network(binding, &now) != 0;
    if (binding->is_network_down) {
        binding_unbind(binding);
        return;
    }
    (void)snprintf(binding->reason, sizeof(binding->reason), "%s", reason);
    /* Whatever else the kernel tells (another card, a route elsewhere) is not about us; only a
     * server that we could not reach may be behind the link that is back. */
    if (was_down || !sa_cmp(&old, &now, SA_ADDR) ||
        (link_is_back && !binding->is_bound && !binding->retry.n_refused)) {
        binding->retry.n_faults = 0;
        binding->nat = nat_free(binding->nat); /* it asks from the old socket */
        binding_begin(binding);
    }
}

void binding_clock_stepped(struct binding *binding)
{
    if (binding->is_started && !binding->is_bound && !binding->left &&
        binding->settings.transport == SIP_TRANSPORT_TLS)
        binding_begin(binding);
}

void binding_set_retry(struct binding *binding, bool is_on, unsigned longest_s)
{
    binding->is_retrying = is_on;
    binding->longest_pause_s = longest_s;
}

void binding_start(struct binding *binding, const struct sip_settings *settings,
                   struct tls_trust *trust, bool is_strict)
{
    uint64_t bound_ms = timer_left_ms(&binding->expiry);

    binding_stop(binding);
    if (binding->is_bound) /* until the server says otherwise, but no longer than it granted */
        binding_expire_in(binding, bound_ms);
    binding->settings = *settings;
    identity_make(settings, &binding->identity);
    target_set(binding->target, settings);
    attempt_set(binding->attempt, settings, trust, is_strict);
    registration_forget_credentials(binding->registration);
    if (!sip_settings_has_stun(settings))
        registration_set_public(binding->registration, NULL);
    binding->trust = trust;
    binding->is_strict = is_strict;
    binding->left = NULL;
    binding->retry = (struct retry){0};
    binding->is_started = true;
    binding_begin(binding);
}

void binding_again(struct binding *binding)
{
    binding_start(binding, &binding->settings, binding->trust, binding->is_strict);
}

void binding_stop(struct binding *binding)
{
    timer_stop(&binding->next);
    timer_stop(&binding->expiry);
    binding->knock = knock_stop(binding->knock);
    target_cancel(binding->target);
    attempt_cancel(binding->attempt);
    binding->nat = nat_free(binding->nat);
    binding->is_started = false;
}

bool binding_leave(struct binding *binding, binding_left_fn *left, void *arg)
{
    bool has_told = registration_may_be_bound(binding->registration);

    binding_stop(binding);
    binding->is_bound = false;
    target_unsettle(binding->target);
    binding->left = left;
    binding->left_arg = arg;
    return has_told && !registration_remove(binding->registration);
}

void binding_release(struct binding *binding)
{
    binding->nat = nat_free(binding->nat);
    attempt_release(binding->attempt);
}

const char *binding_bound_contact(const struct binding *binding)
{
    return binding->is_bound ? registration_contact(binding->registration) : "";
}

void binding_status(const struct binding *binding, struct agent_status *ret_status)
{
    ret_status->state = binding->is_bound ? AGENT_REGISTERED : AGENT_TRYING;
    ret_status->code = binding->code;
    (void)snprintf(ret_status->reason, sizeof(ret_status->reason), "%s", binding->reason);
    ret_status->last_attempt_at_s = moment_unix_s(&binding->attempt_at);
    if (timer_is_running(&binding->expiry))
        ret_status->expires_at_s = moment_unix_s(&binding->expires_at);
    if (timer_is_running(&binding->next))
        ret_status->next_attempt_at_s = moment_unix_s(&binding->next_at);
    ret_status->is_unchecked =
        binding->settings.transport == SIP_TRANSPORT_TLS && !binding->is_strict;
    nat_status(binding->nat, &binding->settings, ret_status);
}

void binding_account(const struct binding *binding, struct account *ret_account)
{
    *ret_account = (struct account){
        .identity = &binding->identity,
        .settings = &binding->settings,
        .server = target_address(binding->target),
        .n_servers = target_count(binding->target),
        .known = registration_auth(binding->registration),
        .contact = registration_contact(binding->registration),
        .stun_server = nat_stun_server(binding->nat),
        .reason = binding->reason,
    };
    if (ret_account->n_servers) /* the others stand behind it */
        ret_account->servers = target_address_at(binding->target, 0);
}

static int make_parts(struct binding *binding)
{
    const struct attempt_config attempt = {
        .transport = binding->config.transport,
        .instance = binding->config.instance,
        .user_agent = binding->config.user_agent,
        .on_result = binding_on_result,
        .worker = binding->config.worker,
        .on_ready = binding_on_ready,
        .arg = binding,
    };
    int err = target_new(binding->config.resolver, &binding->settings, binding_on_found, binding,
                         &binding->target);

    if (!err)
        err = attempt_new(&attempt, &binding->settings, &binding->attempt);
    if (!err)
        binding->registration = attempt_registration(binding->attempt);
    return err;
}

int binding_new(const struct binding_config *config, const struct sip_settings *settings,
                struct binding **ret_binding)
{
    struct binding *binding = calloc(1, sizeof(*binding));
    int err;

    if (!binding)
        return ENOMEM;
    binding->config = *config;
    binding->settings = *settings;
    identity_make(settings, &binding->identity);
    err = make_parts(binding);
    if (err)
        binding_free(binding);
    else
        *ret_binding = binding;
    return err;
}

struct binding *binding_free(struct binding *binding)
{
    if (!binding)
        return NULL;
    if (binding->attempt)
        binding_stop(binding);
    attempt_free(binding->attempt);
    target_free(binding->target);
    sip_settings_wipe(&binding->settings);
    free(binding);
    return NULL;
}
