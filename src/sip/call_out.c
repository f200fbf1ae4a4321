/* SPDX-License-Identifier: MIT */
#include "sip/call_impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "sip/allow.h"
#include "sip/forks.h"
#include "sip/resolver.h"
#include "sip/transport.h"
#include "sip/way.h"

static void on_ringing_for_ever(void *arg)
{
    call_hang_up(arg, true);
}

static void on_unheard(void *arg);

/* The address of the sound is known: go. */
static int send_invite(struct call *call)
{
    const char *routes[] = {call->route};
    struct mbuf *offer = NULL;
    int err = description_offer(&call->sdp, &offer);

    if (err)
        return err;
    way_begin(call->way);
    err = sipsess_connect(&call->session, call->env->sessions, call->callee.uri, NULL, call->from,
                          call->contact, routes, call->route[0] ? 1 : 0, CALL_SDP, offer,
                          way_give_credentials, call->way, true, call_on_offer, call_on_answer,
                          call_on_progress, call_on_established, call_on_info, NULL, call_on_close,
                          call, ALLOW);
    way_end();
    mem_deref(offer);
    if (err)
        return err;
    way_set_dialog(call->way, sipsess_dialog(call->session));
    forks_add(call->env->forks, sip_dialog_callid(sipsess_dialog(call->session)),
              way_speakers(call->way));
    if (!timer_is_running(&call->limit))
        timer_start(&call->limit, CALL_MAX_RINGING_MS, on_ringing_for_ever, call);
    if (call->addr_at + 1 < call->n_addrs)
        timer_start(&call->unheard, CALL_NEXT_ADDRESS_MS, on_unheard, call);
    return 0;
}

static void invite(struct call *call)
{
    int err = send_invite(call);

    if (err && !call_next_address(call, err))
        call_finish_fault(call, err);
}

/* A new dialog, on this way. The library goes on with the one before by itself. */
static void begin_again(struct call *call, struct way *way)
{
    if (call->session)
        forks_settle(call->env->forks, sip_dialog_callid(sipsess_dialog(call->session)));
    call->connection = mem_deref(call->connection);
    call->session = mem_deref(call->session);
    mem_deref(call->way);
    call->way = way;
}

/* Of a direct call: From, and sockets of SIP from which peer can be reached. Returns 0 or an errno
 * value. */
static int leave_for(struct call *call, const struct sa *peer)
{
    struct sa local, open;
    int err = transport_choose(call->env->transport, peer, &local);

    if (err)
        return err;
    if (re_snprintf(call->from, sizeof(call->from),
                    sa_af(&local) == AF_INET6 ? "sip:%s@[%j]" : "sip:%s@%j", call->contact,
                    &local) < 0)
        return EOVERFLOW;
    transport_local(call->env->transport, &open);
    /* Without an account nobody but us needs it where it is: 127.0.0.1, if no route led out. */
    if (!sa_isset(&open, SA_ADDR) || (!call->has_account && !sa_cmp(&open, &local, SA_ADDR)))
        err = transport_open(call->env->transport, peer, SIP_TRANSPORT_UDP, NULL);
    return err;
}

static int use_address(struct call *call, const struct sa *peer)
{
    const struct way_config config = {
        .transport = call->env->transport,
        .peer = peer,
        .kind = call->callee.transport,
    };
    struct way *way = NULL;
    int err = call->callee.is_direct ? leave_for(call, peer) : 0;

    if (!err)
        err = call->way ? way_again(call->way, peer, &way) : way_new(&config, &way);
    if (err)
        return err;
    begin_again(call, way);
    return call_open_audio(call, peer, invite);
}

static bool go_on(struct call *call)
{
    while (call->addr_at + 1 < call->n_addrs) {
        if (!use_address(call, &call->addrs[++call->addr_at]))
            return true;
    }
    return false;
}

/* If there is no way to any other, the one in use may still be slow. */
static void on_unheard(void *arg)
{
    struct call *call = arg;

    if (!go_on(call) && !call->session)
        call_finish_fault(call, ETIMEDOUT);
}

static void on_failed(void *arg)
{
    struct call *call = arg;

    if (!go_on(call))
        call_finish_fault(call, call->address_err);
}

bool call_next_address(struct call *call, int err)
{
    if (call->addr_at + 1 >= call->n_addrs)
        return false;
    call->address_err = err;
    timer_start(&call->unheard, 0, on_failed, call);
    return true;
}

/* ---- by way of the account's server ---- */

/* Where the registered Contact is just our address, the library writes it anew for each request,
 * and so right when it changes; what STUN or a TLS connection have made of it stays as it is. */
static const char *contact_of(const struct call *call, const struct account *account)
{
    const char *user = account->identity->contact_user;
    char plain[CALL_MAX_FROM];
    struct sa local;
    int len;

    transport_local(call->env->transport, &local);
    len = re_snprintf(plain, sizeof(plain), "sip:%s@%J", user, &local);
    if (!account->contact[0] || account->settings->transport == SIP_TRANSPORT_TLS || len < 0)
        return account->contact[0] ? account->contact : user;
    return !strncmp(account->contact, plain, (size_t)len) &&
                   strchr(";", account->contact[len]) /* or the end */
               ? user
               : account->contact;
}

static void use_account(struct call *call, const struct account *account)
{
    const struct identity *identity = account->identity;

    (void)snprintf(call->from, sizeof(call->from), "%s", identity->aor);
    (void)snprintf(call->contact, sizeof(call->contact), "%s", contact_of(call, account));
    (void)snprintf(call->domain, sizeof(call->domain), "%s", identity->realm.name);
    call->own[0] = identity->realm;
    call->own[1] = identity->next_hop;
    (void)snprintf(call->route, sizeof(call->route), "%s", identity->route);
    if (text_has_ending(call->route, ";lr"))
        call->route[strlen(call->route) - 3] = '\0'; /* the library adds it */
    if (account->stun_server)
        call->stun_server = *account->stun_server;
}

static int dial_server(struct call *call, const struct account *account)
{
    const struct sip_settings *settings = account->settings;
    const struct way_config config = {
        .transport = call->env->transport,
        .peer = account->server,
        .kind = settings->transport,
        .servers = account->servers,
        .n_servers = account->n_servers,
        .username = account->identity->auth_username,
        .password = settings->password,
        .known = account->known,
    };
    int err;

    if (!account->server)
        return EHOSTUNREACH;
    use_account(call, account);
    call->addrs[call->n_addrs++] = *account->server; /* it has bound us; then the others */
    for (unsigned i = 0; i < account->n_servers && call->n_addrs < RESOLVER_MAX_ADDRESSES; i++) {
        if (!sa_cmp(&account->servers[i], account->server, SA_ALL) &&
            sa_af(&account->servers[i]) == sa_af(account->server))
            call->addrs[call->n_addrs++] = account->servers[i];
    }
    err = way_new(&config, &call->way);
    return err ? err : call_open_audio(call, account->server, invite);
}

/* ---- directly ---- */

static void on_found(int err, const struct sa *addrs, unsigned n_addrs, unsigned ttl_s, void *arg)
{
    struct call *call = arg;
    struct sa local;

    (void)ttl_s;
    call->query = NULL;
    transport_local(call->env->transport, &local);
    for (unsigned i = 0; i < n_addrs && !err; i++) {
        if (!sa_isset(&local, SA_ADDR) || sa_af(&addrs[i]) == sa_af(&local))
            call->addrs[call->n_addrs++] = addrs[i];
    }
    if (!err)
        err = call->n_addrs ? use_address(call, &call->addrs[0]) : EAFNOSUPPORT;
    if (err && !call_next_address(call, err))
        call_finish_fault(call, err);
}

static int dial_direct(struct call *call, const struct account *account)
{
    const struct callee *callee = &call->callee;
    uint16_t port = callee->port ? callee->port : (uint16_t)SIP_PORT;
    struct host host = {.port = callee->port};
    struct sa peer;

    call->has_account = account != NULL;
    (void)snprintf(call->contact, sizeof(call->contact), "%s",
                   account ? account->identity->contact_user : CALL_NOBODY);
    if (!sa_set_str(&peer, callee->host, port))
        return use_address(call, &peer);
    (void)snprintf(host.name, sizeof(host.name), "%s", callee->host);
    return resolver_find(call->env->resolver, &host, callee->transport, on_found, call,
                         &call->query);
}

int call_dial(struct call *call, const struct callee *callee, const struct account *account)
{
    call->callee = *callee;
    (void)snprintf(call->info.peer_uri, sizeof(call->info.peer_uri), "%s", callee->uri);
    return callee->is_direct ? dial_direct(call, account) : dial_server(call, account);
}

/* ---- 3xx ---- */

/* The Contact that we are sent to, if it is the account's. Returns 0 or EPERM. */
static int read_redirect(struct call *call, const struct sip_msg *msg, char *uri, size_t size)
{
    const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_CONTACT);
    struct sip_addr contact;

    if (!hdr || sip_addr_decode(&contact, &hdr->val) || contact.auri.l >= size ||
        pl_strcasecmp(&contact.uri.scheme, "sip"))
        return EPERM;
    for (unsigned i = 0; i < 2; i++) {
        if (call->own[i].name[0] && !pl_strcasecmp(&contact.uri.host, call->own[i].name))
            return pl_strcpy(&contact.auri, uri, size);
    }
    return EPERM;
}

void call_redirect(struct call *call, const struct sip_msg *msg)
{
    char uri[CALL_MAX_URI + 1];
    char reason[CALL_MAX_REASON];
    struct way *way = NULL;
    int err;

    call->info.code = msg->scode;
    if (++call->n_redirects > CALL_MAX_REDIRECTS) {
        call_finish(call, CALL_FAILED,
                    "the server sends us from one number to the next without end");
        return;
    }
    if (read_redirect(call, msg, uri, sizeof(uri))) {
        (void)snprintf(reason, sizeof(reason),
                       "the number is elsewhere now (%u), but not at our server: not followed",
                       msg->scode);
        call_finish(call, CALL_FAILED, reason);
        return;
    }
    err = way_again(call->way, way_peer(call->way), &way);
    if (err) {
        call_finish_fault(call, err);
        return;
    }
    begin_again(call, way);
    (void)snprintf(call->callee.uri, sizeof(call->callee.uri), "%s", uri);
    invite(call);
}
