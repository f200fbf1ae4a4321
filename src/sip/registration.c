/* SPDX-License-Identifier: MIT */
#include "sip/registration.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_list.h>
#include <re_mbuf.h>
#include <re_mem.h>
#include <re_msg.h>
#include <re_sa.h>
#include <re_sys.h>
#include <re_tcp.h>
#include <re_uri.h>
#include <re_sip.h>

#include "sip/contact.h"
#include "sip/identity.h"
#include "sip/transport.h"

enum {
    MAX_CHALLENGES = 4, /* answered in one attempt: first, stale ones, a proxy's */
    MAX_REMEDIES = 3,   /* a server that asks for more time at each answer is left alone */
    MAX_PHRASE = 80,
    MAX_REQUEST = 8192,     /* first size of the buffer; it grows */
    MAX_INTERVAL_S = 86400, /* what a 423 may ask for */
};

/* As the library has it, but not in its header: ours, see sip_auth.c. */
int sip_auth_encode(struct mbuf *mb, struct sip_auth *auth, const char *met, const char *uri);

struct registration {
    struct registration_config config;
    struct sip_settings settings;
    struct identity identity;
    struct sip_auth *auth;
    struct sip_request *request;
    struct sip_keepalive *flow; /* tells when the connection closes */
    char call_id[33];
    char from_tag[17];
    uint32_t cseq;
    struct sa server;                       /* of the last request */
    struct sa flow_local;                   /* our end of the connection to it; not set: unknown */
    struct sa mapped;                       /* our address as STUN sees it; not set: unknown */
    struct sa seen;                         /* and as the server saw it last; not set: unknown */
    struct sa contact_addr;                 /* what the Contact says */
    char contact[REGISTRATION_MAX_CONTACT]; /* URI in the request under way, or in the last one */
    char bound_contact[REGISTRATION_MAX_CONTACT]; /* URI of the confirmed binding; "": none */
    bool is_asked;          /* contact may be bound, though no answer has told so */
    uint32_t expires_s;     /* of the request under way; 0: removal */
    uint32_t min_expires_s; /* what a 423 asked for; 0: nothing */
    unsigned n_challenges;  /* in this attempt */
    unsigned n_remedies;    /* in this attempt */
    bool has_no_outbound;   /* the first hop cannot do RFC 5626 */
};

static int start_request(struct registration *reg);

static void report(struct registration *reg, const struct registration_result *result)
{
    struct registration_result complete = *result;

    if (!complete.phrase)
        complete.phrase = "";
    if (!complete.explanation)
        complete.explanation = "";
    if (!complete.redirect)
        complete.redirect = "";
    reg->config.on_result(&complete, reg->config.arg);
}

static void on_flow_closed(int err, void *arg)
{
    struct registration *reg = arg;
    enum registration_outcome outcome = REGISTRATION_FLOW_LOST;

    sa_init(&reg->flow_local, AF_UNSPEC);
    if (err == ETIMEDOUT)
        err = ECONNABORTED; /* by the kernel: see give_up_soon */
    /* A request that has gone out would wait for its answer till the end. */
    if (reg->request)
        outcome = REGISTRATION_UNREACHABLE;
    registration_cancel(reg);
    report(reg, &(struct registration_result){.outcome = outcome, .err = err});
}

/* Have the kernel close the connection when the other end no longer acknowledges what we send:
 * the keep-alives then show a dead one. */
static void give_up_soon(struct tcp_conn *tcp)
{
    unsigned timeout_ms = REGISTRATION_FLOW_DEAD_MS;

    if (tcp)
        (void)setsockopt(tcp_conn_fd(tcp), IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms,
                         sizeof(timeout_ms));
}

/* The first answer over a connection: from now on we know our end, and when it closes. */
static void watch_flow(struct registration *reg, const struct sip_msg *msg)
{
    if (msg->tp == SIP_TRANSP_UDP || reg->flow)
        return;
    reg->flow_local = msg->dst;
    give_up_soon(sip_msg_tcpconn(msg));
    (void)sip_keepalive_start(&reg->flow, transport_sip(reg->config.transport), msg,
                              TRANSPORT_NO_PING_S, on_flow_closed, reg);
}

void registration_connected(struct registration *reg)
{
    struct tcp_conn *tcp;

    if (reg->flow || !reg->request ||
        transport_watch_connection(reg->config.transport, on_flow_closed, reg, &reg->flow, &tcp))
        return;
    give_up_soon(tcp);
    (void)tcp_conn_local_get(tcp, &reg->flow_local);
}

static int give_credentials(char **username, char **password, const char *realm, void *arg)
{
    const struct registration *reg = arg;
    int err;

    (void)realm;
    err = str_dup(username, reg->identity.auth_username);
    return err ? err : str_dup(password, reg->settings.password);
}

/* Where the server can reach us by UDP, with a public address set. If a NAT lies between us and
 * the server, its own view is surer than what STUN saw on the way to another host. */
static const struct sa *public_address(const struct registration *reg)
{
    struct sa local;

    transport_local(reg->config.transport, &local);
    return sa_isset(&reg->seen, SA_ALL) && !sa_cmp(&reg->seen, &local, SA_ALL) ? &reg->seen
                                                                               : &reg->mapped;
}

/* Adds the Contact when the library has chosen the way, just before it sends. */
static int write_contact(enum sip_transp tp, const struct sa *src, const struct sa *dst,
                         struct mbuf *mb, void *arg)
{
    struct registration *reg = arg;
    const struct sa *local = src;
    int err;

    (void)dst;
    /* Nobody can connect to us by TLS: only the connection itself leads here. */
    if (tp == SIP_TRANSP_TLS && sa_isset(&reg->flow_local, SA_ALL))
        local = &reg->flow_local;
    else if (tp == SIP_TRANSP_UDP && sa_isset(&reg->mapped, SA_ALL))
        local = public_address(reg);
    reg->contact_addr = *local;
    if (re_snprintf(reg->contact, sizeof(reg->contact), "sip:%s@%J%s", reg->identity.contact_user,
                    local, sip_transp_param(tp)) < 0)
        return EOVERFLOW;

    err = mbuf_printf(mb, "Contact: <%s>;expires=%u;+sip.instance=\"<%s>\"", reg->contact,
                      reg->expires_s, reg->config.instance);
    if (!err && !reg->has_no_outbound)
        err = mbuf_write_str(mb, ";reg-id=1");
    if (!err && reg->bound_contact[0] && strcmp(reg->bound_contact, reg->contact))
        err = mbuf_printf(mb, ", <%s>;expires=0", reg->bound_contact);
    if (!err)
        err = mbuf_write_str(mb, "\r\n");
    return err;
}

/* RFC 3581: the server writes into our Via where the request came from. */
static void note_seen(struct registration *reg, const struct sip_msg *msg)
{
    struct pl received, rport;

    sa_init(&reg->seen, AF_UNSPEC);
    if (msg->tp != SIP_TRANSP_UDP || msg_param_decode(&msg->via.params, "rport", &rport))
        return;
    if (!msg_param_decode(&msg->via.params, "received", &received)) {
        if (sa_set(&reg->seen, &received, (uint16_t)pl_u32(&rport)))
            sa_init(&reg->seen, AF_UNSPEC);
    } else { /* left out where it would say the same */
        reg->seen = msg->via.addr;
        sa_set_port(&reg->seen, (uint16_t)pl_u32(&rport));
    }
}

static void copy_phrase(const struct sip_msg *msg, char phrase[MAX_PHRASE])
{
    size_t len = msg->reason.l < MAX_PHRASE - 1 ? msg->reason.l : MAX_PHRASE - 1;

    for (size_t i = 0; i < len; i++)
        phrase[i] = (msg->reason.p[i] < 0x20 || msg->reason.p[i] > 0x7e) ? '?' : msg->reason.p[i];
    phrase[len] = '\0';
}

/* Retry-After may carry a comment, "120 (maintenance)"; 0 if there is no number. */
static uint32_t header_seconds(const struct sip_msg *msg, enum sip_hdrid id)
{
    const struct sip_hdr *hdr = sip_msg_hdr(msg, id);
    struct pl digits;

    if (!hdr || re_regex(hdr->val.p, hdr->val.l, "[0-9]+", &digits) || digits.l > 9)
        return 0;
    return pl_u32(&digits);
}

static void on_bound(struct registration *reg, const struct sip_msg *msg)
{
    struct registration_result result = {.outcome = REGISTRATION_REMOVED, .code = msg->scode};

    reg->is_asked = false;
    reg->bound_contact[0] = '\0';
    if (reg->expires_s) {
        result.granted_s =
            contact_granted_s(msg, reg->contact, reg->config.instance, reg->expires_s);
        result.outcome = REGISTRATION_BOUND;
        result.msg = msg;
        (void)snprintf(reg->bound_contact, sizeof(reg->bound_contact), "%s", reg->contact);
        if (!result.granted_s) {
            result.outcome = REGISTRATION_UNAVAILABLE;
            result.explanation = "the server granted no time";
        }
    }
    report(reg, &result);
}

/* 401 or 407. Returns true if the request went out again. */
static bool answer_challenge(struct registration *reg, const struct sip_msg *msg,
                             struct registration_result *result)
{
    int err = EAUTH;

    if (++reg->n_challenges <= MAX_CHALLENGES)
        err = sip_auth_authenticate(reg->auth, msg);
    if (!err)
        err = start_request(reg);
    if (!err)
        return true;

    result->outcome = REGISTRATION_REFUSED;
    if (err == EAUTH)
        result->is_wrong_password = true;
    else if (err == ENOTSUP)
        result->explanation = "the server asks for a kind of digest that we do not know";
    else if (err == EBADMSG)
        result->explanation = "the server's challenge cannot be read";
    else
        result->outcome = REGISTRATION_UNAVAILABLE;
    return false;
}

/* Things that another request, at once, can set right. Returns true if it went out. */
static bool try_remedy(struct registration *reg, const struct sip_msg *msg)
{
    uint32_t min_s;

    if (++reg->n_remedies > MAX_REMEDIES)
        return false;
    if (msg->scode == 423 && reg->expires_s) {
        min_s = header_seconds(msg, SIP_HDR_MIN_EXPIRES);
        if (min_s <= reg->expires_s || min_s > MAX_INTERVAL_S)
            return false;
        reg->min_expires_s = reg->expires_s = min_s;
        return !start_request(reg);
    }
    if (msg->scode == 439 && !reg->has_no_outbound) { /* RFC 5626 section 11.6 */
        reg->has_no_outbound = true;
        return !start_request(reg);
    }
    return false;
}

/* Where a 301 or 302 sends us, as host[:port]; "" if it does not say so in a way we can use. */
static void read_redirect(const struct sip_msg *msg, char *buf, size_t size)
{
    const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_CONTACT);
    struct sip_addr addr;

    buf[0] = '\0';
    if (!hdr || sip_addr_decode(&addr, &hdr->val) || pl_strcasecmp(&addr.uri.scheme, "sip"))
        return;
    if (addr.uri.port)
        (void)re_snprintf(buf, size, "%r:%u", &addr.uri.host, addr.uri.port);
    else
        (void)re_snprintf(buf, size, "%r", &addr.uri.host);
}

static enum registration_outcome outcome_of(int code)
{
    switch (code) {
    case 301:
    case 302:
        return REGISTRATION_REDIRECTED;
    case 408:
    case 480:
    case 486:
    case 491:
        return REGISTRATION_UNAVAILABLE;
    default:
        return code >= 500 && code < 600 ? REGISTRATION_UNAVAILABLE : REGISTRATION_REFUSED;
    }
}

static void on_response(int err, const struct sip_msg *msg, void *arg)
{
    struct registration *reg = arg;
    char phrase[MAX_PHRASE], redirect[HOST_MAX_LEN + 8];
    struct registration_result result = {.err = err, .phrase = phrase};

    if (err || !msg) {
        result.outcome = REGISTRATION_UNREACHABLE;
        result.phrase = NULL;
        sa_init(&reg->flow_local, AF_UNSPEC);
        report(reg, &result);
        return;
    }
    if (msg->scode < 200)
        return;
    watch_flow(reg, msg);
    note_seen(reg, msg);
    if (msg->scode < 300) {
        on_bound(reg, msg);
        return;
    }
    reg->is_asked = false;
    copy_phrase(msg, phrase);
    result.code = msg->scode;
    if (msg->scode == 401 || msg->scode == 407) {
        if (answer_challenge(reg, msg, &result))
            return;
    } else {
        if (try_remedy(reg, msg))
            return;
        result.outcome = outcome_of(msg->scode);
        result.is_wrong_password = msg->scode == 403;
        read_redirect(msg, redirect, sizeof(redirect));
        result.redirect = redirect;
        result.retry_after_s = header_seconds(msg, SIP_HDR_RETRY_AFTER);
    }
    sip_auth_reset(reg->auth);
    report(reg, &result);
}

static int write_request(struct registration *reg, struct mbuf *mb)
{
    const struct identity *id = &reg->identity;
    int err = mbuf_write_str(mb, "Max-Forwards: 70\r\n");

    if (!err && id->route[0])
        err = mbuf_printf(mb, "Route: <%s>\r\n", id->route);
    if (!err)
        err = mbuf_printf(mb,
                          "To: <%s>\r\nFrom: <%s>;tag=%s\r\nCall-ID: %s\r\nCSeq: %u REGISTER\r\n"
                          "User-Agent: %s\r\nExpires: %u\r\nSupported: path%s\r\n",
                          id->aor, id->aor, reg->from_tag, reg->call_id, ++reg->cseq,
                          reg->config.user_agent, reg->expires_s,
                          reg->has_no_outbound ? "" : ", outbound");
    if (!err)
        err = sip_auth_encode(mb, reg->auth, "REGISTER", id->request_uri);
    if (!err)
        err = mbuf_write_str(mb, "Content-Length: 0\r\n\r\n");
    return err;
}

static int start_request(struct registration *reg)
{
    struct mbuf *mb;
    int err;

    mb = mbuf_alloc(MAX_REQUEST);
    if (!mb)
        return ENOMEM;
    err = write_request(reg, mb);
    if (err)
        goto out;
    mb->pos = 0;
    transport_connect_begin(reg->config.transport);
    err = sip_request(&reg->request, transport_sip(reg->config.transport), true, "REGISTER", -1,
                      reg->identity.request_uri, -1,
                      transport_route(reg->config.transport, &reg->server, reg->settings.transport),
                      mb, 0, write_contact, on_response, reg);
    transport_connect_end(reg->config.transport, err);
    if (!err && reg->expires_s)
        reg->is_asked = true;

out:
    mem_deref(mb);
    return err;
}

int registration_send(struct registration *reg, const struct sa *server)
{
    registration_cancel(reg);
    if (!sa_cmp(&reg->server, server, SA_ALL))
        reg->flow = mem_deref(reg->flow);
    if (!reg->flow)
        sa_init(&reg->flow_local, AF_UNSPEC);
    reg->server = *server;
    reg->n_challenges = 0;
    reg->n_remedies = 0;
    reg->expires_s = reg->settings.registration_interval_s;
    if (reg->min_expires_s > reg->expires_s)
        reg->expires_s = reg->min_expires_s;
    return start_request(reg);
}

int registration_remove(struct registration *reg)
{
    registration_cancel(reg);
    reg->n_challenges = 0;
    reg->n_remedies = 0;
    reg->expires_s = 0;
    return start_request(reg);
}

void registration_cancel(struct registration *reg)
{
    reg->request = mem_deref(reg->request);
}

bool registration_may_be_bound(const struct registration *reg)
{
    return reg->bound_contact[0] || reg->is_asked;
}

void registration_forget_credentials(struct registration *reg)
{
    sip_auth_reset(reg->auth);
}

bool registration_set_public(struct registration *reg, const struct sa *mapped)
{
    struct sa none, local;
    bool is_new;

    sa_init(&none, AF_UNSPEC);
    transport_local(reg->config.transport, &local);
    if (mapped && sa_cmp(mapped, &local, SA_ALL))
        mapped = NULL; /* no NAT in between: the Contact is right as it is */
    if (mapped)
        is_new = !sa_cmp(&reg->mapped, mapped, SA_ALL);
    else
        is_new = sa_isset(&reg->mapped, SA_ALL);
    reg->mapped = mapped ? *mapped : none;
    return is_new;
}

bool registration_has_moved(const struct registration *reg)
{
    return sa_isset(&reg->mapped, SA_ALL) &&
           !sa_cmp(public_address(reg), &reg->contact_addr, SA_ALL);
}

void registration_set(struct registration *reg, const struct sip_settings *settings)
{
    reg->settings = *settings;
    identity_make(settings, &reg->identity);
}

int registration_new(const struct registration_config *config, const struct sip_settings *settings,
                     struct registration **ret_registration)
{
    struct registration *reg = calloc(1, sizeof(*reg));
    int err;

    if (!reg)
        return ENOMEM;
    reg->config = *config;
    registration_set(reg, settings);
    sa_init(&reg->server, AF_UNSPEC);
    sa_init(&reg->flow_local, AF_UNSPEC);
    sa_init(&reg->mapped, AF_UNSPEC);
    sa_init(&reg->seen, AF_UNSPEC);
    sa_init(&reg->contact_addr, AF_UNSPEC);
    (void)re_snprintf(reg->call_id, sizeof(reg->call_id), "%016llx%016llx", rand_u64(), rand_u64());
    (void)re_snprintf(reg->from_tag, sizeof(reg->from_tag), "%016llx", rand_u64());
    err = sip_auth_alloc(&reg->auth, give_credentials, reg, false);
    if (err)
        registration_free(reg);
    else
        *ret_registration = reg;
    return err;
}

struct registration *registration_free(struct registration *reg)
{
    if (!reg)
        return NULL;
    registration_cancel(reg);
    mem_deref(reg->flow);
    mem_deref(reg->auth);
    sip_settings_wipe(&reg->settings);
    free(reg);
    return NULL;
}

const char *registration_contact(const struct registration *reg)
{
    return reg->bound_contact;
}

const struct sip_auth *registration_auth(const struct registration *reg)
{
    return reg->auth;
}

uint64_t registration_refresh_ms(uint32_t granted_s)
{
    uint64_t at_ms = granted_s * 900ull;
    uint64_t latest_ms = granted_s > 5 ? (granted_s - 5) * 1000ull : 0;

    if (at_ms > latest_ms)
        at_ms = latest_ms;
    return at_ms < 1000 ? 1000 : at_ms;
}
