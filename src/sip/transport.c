/* SPDX-License-Identifier: MIT */
#include "sip/transport.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_list.h>
#include <re_mbuf.h>
#include <re_mem.h>
#include <re_msg.h>
#include <re_sa.h>
#include <re_tcp.h>
#include <re_udp.h>
#include <re_uri.h>
#include <re_sip.h>

#include "base/clock.h"
#include "base/dscp.h"
#include "base/loop.h"
#include "sip/held.h"
#include "sip/pong.h"
#include "sip/trace.h"

enum {
    HASH_SIZE = 16,       /* transactions and connections of one account */
    FREE_PORT_TRIES = 20, /* port 0: a port that is free for UDP and TCP */
    SPARE_FDS = 256,      /* that strangers' connections must leave */
};

struct transport {
    struct sip *sip;
    struct sip_lsnr *listener;
    struct sip_lsnr *requests_first, *answers_first; /* before the library's own */
    transport_request_fn *on_request;
    transport_call_fn *on_call_request;
    transport_trust_fn *is_of_peer;
    transport_traffic_fn *on_traffic;
    void *arg;
    struct sa bind;  /* as configured; no address: by route. Its port is fixed once known. */
    struct sa local; /* what is open now; not set: nothing */
    bool has_tls;
    const struct tls *tls;
    struct udp_sock *udp;  /* the library's; gone when it closes */
    struct udp_sock *kept; /* the last one that was opened; a reference */
    void *connection;      /* the library's, made for the last request; a reference, or NULL */
    struct held *held;     /* connections that were given up */
    struct uri route;      /* what transport_route gave last */
    char route_host[64];
    char route_param[24];
};

/* While set, tcp_listen() below binds but does not listen. */
static bool is_binding_only;

/* The UDP socket that was opened last. */
static struct udp_sock *opened_udp;

/* While set, this one is opened again if it has the right address. */
static struct udp_sock *reusable;

/* While set, a connection that the library makes is this one's: see transport_connect_begin. */
static struct transport *connecting;

/* While set, its stack is being made, and nobody listens yet. */
static struct transport *making;

int __real_tcp_listen(struct tcp_sock **tsp, const struct sa *local, tcp_conn_h *ch, void *arg);
int __wrap_tcp_listen(struct tcp_sock **tsp, const struct sa *local, tcp_conn_h *ch, void *arg);
int __real_tcp_accept(struct tcp_conn **tcp, struct tcp_sock *ts, tcp_estab_h *eh, tcp_recv_h *rh,
                      tcp_close_h *ch, void *arg);
int __wrap_tcp_accept(struct tcp_conn **tcp, struct tcp_sock *ts, tcp_estab_h *eh, tcp_recv_h *rh,
                      tcp_close_h *ch, void *arg);
int __real_tcp_connect(struct tcp_conn **tcp, const struct sa *peer, tcp_estab_h *eh,
                       tcp_recv_h *rh, tcp_close_h *ch, void *arg);
int __wrap_tcp_connect(struct tcp_conn **tcp, const struct sa *peer, tcp_estab_h *eh,
                       tcp_recv_h *rh, tcp_close_h *ch, void *arg);
int __real_udp_listen(struct udp_sock **usp, const struct sa *local, udp_recv_h *rh, void *arg);
int __wrap_udp_listen(struct udp_sock **usp, const struct sa *local, udp_recv_h *rh, void *arg);
int __real_sip_listen(struct sip_lsnr **lsnrp, struct sip *sip, bool req, sip_msg_h *msgh,
                      void *arg);
int __wrap_sip_listen(struct sip_lsnr **lsnrp, struct sip *sip, bool req, sip_msg_h *msgh,
                      void *arg);

/* The library can only add a TLS transport that also listens. Nobody has a reason to connect
 * to us by TLS, so for that one case the socket is bound, and stays deaf. The linker puts this
 * in the place of tcp_listen (--wrap). */
int __wrap_tcp_listen(struct tcp_sock **tsp, const struct sa *local, tcp_conn_h *ch, void *arg)
{
    struct tcp_sock *sock = NULL;
    int err;

    if (!is_binding_only)
        return __real_tcp_listen(tsp, local, ch, arg);
    err = tcp_sock_alloc(&sock, local, ch, arg);
    if (err)
        return err;
    err = tcp_sock_bind(sock, local);
    if (err)
        mem_deref(sock);
    else
        *tsp = sock;
    return err;
}

/* Strangers may open connections to the SIP port, but not use up the descriptors that calls and
 * our own connections need. The library closes those that say nothing in their first 32 s, and
 * 900 s after the last message or line end. In place of tcp_accept. */
int __wrap_tcp_accept(struct tcp_conn **tcp, struct tcp_sock *ts, tcp_estab_h *eh, tcp_recv_h *rh,
                      tcp_close_h *ch, void *arg)
{
    int err = __real_tcp_accept(tcp, ts, eh, rh, ch, arg);

    if (!err && pong_watch(*tcp)) {
        *tcp = mem_deref(*tcp);
        err = ENOMEM;
    }
    if (!err && tcp_conn_fd(*tcp) >= LOOP_MAX_FDS - SPARE_FDS) {
        *tcp = mem_deref(*tcp);
        err = EMFILE;
    }
    if (!err) {
        tcp_conn_txqsz_set(*tcp, TRANSPORT_MAX_WAITING_STRANGER);
        dscp_mark(tcp_conn_fd(*tcp), DSCP_CS3);
    }
    return err;
}

/* The library keeps its UDP socket to itself; STUN needs it. And each request that came in holds it
 * for 32 s and more: closed and opened anew its port would be in use, so it is taken once more. In
 * place of udp_listen. */
int __wrap_udp_listen(struct udp_sock **usp, const struct sa *local, udp_recv_h *rh, void *arg)
{
    struct sa bound;
    int err = 0;

    if (reusable && !udp_local_get(reusable, &bound) && sa_cmp(&bound, local, SA_ALL)) {
        udp_handler_set(reusable, rh, arg);
        *usp = mem_ref(reusable);
    } else {
        err = __real_udp_listen(usp, local, rh, arg);
    }
    opened_udp = err ? NULL : *usp;
    return err;
}

/* The library forgets to tell a request that has gone out when its connection closes, and hands
 * out its connections with answers only. In place of tcp_connect. */
int __wrap_tcp_connect(struct tcp_conn **tcp, const struct sa *peer, tcp_estab_h *eh,
                       tcp_recv_h *rh, tcp_close_h *ch, void *arg)
{
    int err = __real_tcp_connect(tcp, peer, eh, rh, ch, arg);

    if (!err && pong_watch(*tcp)) {
        *tcp = mem_deref(*tcp);
        err = ENOMEM;
    }
    if (!err) {
        tcp_conn_txqsz_set(*tcp, TRANSPORT_MAX_WAITING);
        dscp_mark(tcp_conn_fd(*tcp), DSCP_CS3);
    }
    if (!err && connecting) {
        mem_deref(connecting->connection);
        connecting->connection = mem_ref(arg);
    }
    return err;
}

static bool is_to_be_trusted(const struct transport *transport, const struct sip_msg *msg)
{
    bool is_invite = !pl_strcmp(&msg->cseq.met, "INVITE"),
         is_cancel = !pl_strcmp(&msg->met, "CANCEL");

    return !transport->is_of_peer || !(msg->req ? is_cancel : is_invite) ||
           transport->is_of_peer(msg, transport->arg);
}

static bool on_message_first(const struct sip_msg *msg, void *arg)
{
    struct transport *transport = arg;

    if (is_to_be_trusted(transport, msg))
        return false;
    if (msg->req) /* as if there were no such INVITE: so nobody learns that there is */
        transport->on_request(transport->sip, msg, transport->arg);
    return true;
}

/* Who listens first is told first, and the library's own transactions do so when its stack is made.
 * In place of sip_listen. */
int __wrap_sip_listen(struct sip_lsnr **lsnrp, struct sip *sip, bool req, sip_msg_h *msgh,
                      void *arg)
{
    struct transport *transport = making;
    int err = 0;

    making = NULL;
    if (transport)
        err = __real_sip_listen(&transport->requests_first, sip, true, on_message_first, transport);
    if (transport && !err)
        err = __real_sip_listen(&transport->answers_first, sip, false, on_message_first, transport);
    return err ? err : __real_sip_listen(lsnrp, sip, req, msgh, arg);
}

static bool on_request(const struct sip_msg *msg, void *arg)
{
    struct transport *transport = arg;
    enum transport_verdict verdict = TRANSPORT_UNASKED;

    if (transport->on_call_request)
        verdict = transport->on_call_request(transport->sip, msg, transport->arg);
    if (verdict == TRANSPORT_UNASKED)
        transport->on_request(transport->sip, msg, transport->arg);
    return verdict != TRANSPORT_SESSIONS;
}

/* The library tells its trace handler when a queued message leaves. */
static void on_trace(bool is_sent, enum sip_transp kind, const struct sa *src, const struct sa *dst,
                     const uint8_t *data, size_t len, void *arg)
{
    struct transport *transport = arg;
    char peer[TRACE_MAX_PEER];
    struct trace_entry message = {
        .at_ms = clock_unix_ms(),
        .is_sent = is_sent,
        .transport = kind == SIP_TRANSP_UDP   ? "udp"
                     : kind == SIP_TRANSP_TCP ? "tcp"
                                              : "tls",
        .peer = peer,
        .text = (const char *)data,
    };

    if (re_snprintf(peer, sizeof(peer), "%J", is_sent ? dst : src) < 0)
        return;
    transport->on_traffic(&message, len, transport->arg);
}

static int parse_bind(const char *text, struct sa *ret_bind)
{
    sa_init(ret_bind, AF_INET);
    if (!text) {
        sa_set_port(ret_bind, SIP_PORT);
        return 0;
    }
    if (sa_decode(ret_bind, text, strlen(text)))
        return EINVAL;
    return 0;
}

int transport_new(const struct transport_config *config, struct transport **ret_transport)
{
    struct transport *transport = calloc(1, sizeof(*transport));
    int err;

    if (!transport)
        return ENOMEM;
    transport->on_request = config->on_request;
    transport->on_call_request = config->on_call_request;
    transport->is_of_peer = config->is_of_peer;
    transport->on_traffic = config->on_traffic;
    transport->arg = config->arg;
    sa_init(&transport->local, AF_UNSPEC);
    err = parse_bind(config->bind, &transport->bind);
    if (!err)
        err = held_new(&transport->held);
    if (err)
        goto out;
    making = transport;
    err = sip_alloc(&transport->sip, NULL, HASH_SIZE, HASH_SIZE, HASH_SIZE, config->software, NULL,
                    transport);
    making = NULL;
    if (err)
        goto out;
    sip_set_trace_handler(transport->sip, on_trace);
    err = sip_listen(&transport->listener, transport->sip, true, on_request, transport);

out:
    if (err)
        transport_free(transport);
    else
        *ret_transport = transport;
    return err;
}

struct transport *transport_free(struct transport *transport)
{
    if (!transport)
        return NULL;
    mem_deref(transport->connection);
    if (transport->sip)
        held_flush(transport->held, transport->sip);
    mem_deref(transport->listener);
    mem_deref(transport->requests_first);
    mem_deref(transport->answers_first);
    mem_deref(transport->sip);
    held_free(transport->held); /* what held them was the stack's */
    mem_deref(transport->kept);
    free(transport);
    return NULL;
}

/* The local address from which the kernel would send to peer. Sends nothing. */
static int address_for(const struct sa *peer, struct sa *ret_local)
{
    struct sa addr = {.len = sizeof(addr.u)};
    int err = 0;
    int fd = socket(sa_af(peer), SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return errno;
    if (connect(fd, &peer->u.sa, peer->len) || getsockname(fd, &addr.u.sa, &addr.len))
        err = errno;
    (void)close(fd);
    if (!err) {
        *ret_local = addr;
        sa_set_port(ret_local, 0);
    }
    return err;
}

int transport_choose(const struct transport *transport, const struct sa *peer, struct sa *ret_local)
{
    struct sa any;
    int err;

    if (!sa_is_any(&transport->bind) && sa_isset(&transport->bind, SA_ADDR)) {
        if (peer && sa_af(peer) != sa_af(&transport->bind))
            return EAFNOSUPPORT;
        *ret_local = transport->bind;
        return 0;
    }
    if (peer) {
        err = address_for(peer, ret_local);
    } else {
        /* Nobody to talk to yet: whatever leads out of this machine (TEST-NET-1). */
        (void)sa_set_str(&any, "192.0.2.1", 9);
        err = address_for(&any, ret_local);
        if (err)
            err = sa_set_str(ret_local, "127.0.0.1", 0);
    }
    sa_set_port(ret_local, sa_port(&transport->bind));
    return err;
}

static void close_all(struct transport *transport)
{
    transport->connection = mem_deref(transport->connection);
    held_flush(transport->held, transport->sip);
    sa_init(&transport->local, AF_UNSPEC);
    transport->has_tls = false;
    transport->tls = NULL;
    transport->udp = NULL;
}

/* UDP and TCP on the same port. */
static int open_pair(struct transport *transport, const struct sa *local)
{
    struct sa bound = *local;
    int err = EADDRINUSE;

    for (int i = 0; i < FREE_PORT_TRIES && err == EADDRINUSE; i++) {
        close_all(transport);
        reusable = transport->kept;
        err = sip_transp_add(transport->sip, SIP_TRANSP_UDP, local);
        reusable = NULL;
        if (err)
            break;
        err = sip_transp_laddr(transport->sip, &bound, SIP_TRANSP_UDP, local);
        if (err)
            break;
        err = sip_transp_add(transport->sip, SIP_TRANSP_TCP, &bound);
        if (sa_port(local))
            break;
    }
    if (err) {
        close_all(transport);
        return err;
    }
    transport->local = bound;
    transport->udp = opened_udp;
    mem_deref(transport->kept);
    transport->kept = mem_ref(opened_udp);
    dscp_mark(udp_sock_fd(opened_udp, sa_af(&bound)), DSCP_CS3);
    sa_set_port(&transport->bind, sa_port(&bound)); /* a free port stays ours */
    return 0;
}

static int add_tls(struct transport *transport, struct tls *tls)
{
    struct sa local = transport->local;
    int err;

    sa_set_port(&local, 0);
    is_binding_only = true;
    err = sip_transp_add(transport->sip, SIP_TRANSP_TLS, &local, tls);
    is_binding_only = false;
    if (err)
        return err;
    transport->has_tls = true;
    transport->tls = tls;
    return 0;
}

int transport_open(struct transport *transport, const struct sa *peer, enum sip_transport kind,
                   struct tls *tls)
{
    struct sa local;
    bool fits;
    int err;

    err = transport_choose(transport, peer, &local);
    if (err) {
        close_all(transport);
        return err;
    }
    fits = sa_isset(&transport->local, SA_ADDR) && sa_cmp(&transport->local, &local, SA_ADDR);
    if (!peer && sa_isset(&transport->local, SA_ADDR))
        fits = true;
    if (fits && transport->has_tls && transport->tls != tls)
        fits = false; /* a transport cannot be taken out alone */
    if (!fits) {
        err = open_pair(transport, &local);
        if (err)
            return err;
    }
    if (kind == SIP_TRANSPORT_TLS && !transport->has_tls)
        err = add_tls(transport, tls);
    if (err)
        close_all(transport);
    return err;
}

void transport_follow(struct transport *transport)
{
    struct sa local;

    if (!sa_isset(&transport->local, SA_ADDR) || transport_choose(transport, NULL, &local) ||
        sa_cmp(&transport->local, &local, SA_ADDR) || sa_is_loopback(&local))
        return;
    (void)open_pair(transport, &local); /* if it fails, the next call or account tries again */
}

void transport_close_connections(struct transport *transport)
{
    struct sa local = transport->local;

    if (sa_isset(&local, SA_ADDR))
        (void)open_pair(transport, &local); /* if it fails, the next transport_open tells */
    else
        close_all(transport);
}

const struct uri *transport_route(struct transport *transport, const struct sa *server,
                                  enum sip_transport kind)
{
    memset(&transport->route, 0, sizeof(transport->route));
    (void)re_snprintf(transport->route_host, sizeof(transport->route_host), "%j", server);
    (void)snprintf(transport->route_param, sizeof(transport->route_param), ";transport=%s",
                   sip_transport_name(kind));
    pl_set_str(&transport->route.scheme, "sip");
    pl_set_str(&transport->route.host, transport->route_host);
    pl_set_str(&transport->route.params, transport->route_param);
    transport->route.port = sa_port(server);
    return &transport->route;
}

struct udp_sock *transport_udp_socket(const struct transport *transport)
{
    return transport->udp;
}

int transport_send_crlf(struct transport *transport, const struct sa *server,
                        enum sip_transport kind)
{
    static const enum sip_transp kinds[] = {
        [SIP_TRANSPORT_UDP] = SIP_TRANSP_UDP,
        [SIP_TRANSPORT_TCP] = SIP_TRANSP_TCP,
        [SIP_TRANSPORT_TLS] = SIP_TRANSP_TLS,
    };
    struct mbuf *mb = mbuf_alloc(4);
    int err;

    if (!mb)
        return ENOMEM;
    err = mbuf_write_str(mb, "\r\n\r\n");
    mb->pos = 0;
    if (!err)
        err = sip_send(transport->sip, NULL, kinds[kind], server, mb);
    mem_deref(mb);
    return err;
}

void transport_connect_begin(struct transport *transport)
{
    transport->connection = mem_deref(transport->connection);
    connecting = transport;
}

void transport_connect_end(struct transport *transport, int err)
{
    connecting = NULL;
    if (err)
        transport->connection = mem_deref(transport->connection);
}

int transport_watch_connection(struct transport *transport, transport_closed_fn *closed, void *arg,
                               struct sip_keepalive **ret_watch, struct tcp_conn **ret_tcp)
{
    /* all that the library looks at; whether TLS or not makes no difference to it here */
    struct sip_msg msg = {.tp = SIP_TRANSP_TCP, .sock = transport->connection};
    int err;

    if (!transport->connection)
        return ENOTCONN;
    err = sip_keepalive_start(ret_watch, transport->sip, &msg, TRANSPORT_NO_PING_S, closed, arg);
    if (err)
        return err;
    *ret_tcp = sip_msg_tcpconn(&msg);
    transport->connection = mem_deref(transport->connection);
    return 0;
}

struct sip *transport_sip(const struct transport *transport)
{
    return transport->sip;
}

void transport_local(const struct transport *transport, struct sa *ret_local)
{
    *ret_local = transport->local;
}
