/* SPDX-License-Identifier: MIT */
#include "sip/transport.h"

#include <errno.h>
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
#include <re_uri.h>
#include <re_sip.h>

enum {
    HASH_SIZE = 16,        /* transactions and connections of one account */
    FREE_PORT_TRIES = 20,  /* port 0: a port that is free for UDP and TCP */
};

struct transport {
    struct sip *sip;
    struct sip_lsnr *listener;
    transport_request_fn *on_request;
    transport_sent_fn *on_sent;
    void *arg;
    struct sa bind;  /* as configured; no address: by route. Its port is fixed once known. */
    struct sa local; /* what is open now; not set: nothing */
    bool has_tls;
    const struct tls *tls;
};

/* While set, tcp_listen() below binds but does not listen. */
static bool is_binding_only;

int __real_tcp_listen(struct tcp_sock **tsp, const struct sa *local, tcp_conn_h *ch, void *arg);
int __wrap_tcp_listen(struct tcp_sock **tsp, const struct sa *local, tcp_conn_h *ch, void *arg);

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

static bool on_request(const struct sip_msg *msg, void *arg)
{
    struct transport *transport = arg;

    transport->on_request(transport->sip, msg, transport->arg);
    return true;
}

/* The library tells its trace handler when a queued message leaves. */
static void on_trace(bool is_sent, enum sip_transp kind, const struct sa *src, const struct sa *dst,
                     const uint8_t *data, size_t len, void *arg)
{
    struct transport *transport = arg;

    (void)src;
    (void)dst;
    (void)data;
    (void)len;
    if (is_sent && kind != SIP_TRANSP_UDP)
        transport->on_sent(transport->arg);
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
    transport->on_sent = config->on_sent;
    transport->arg = config->arg;
    sa_init(&transport->local, AF_UNSPEC);
    err = parse_bind(config->bind, &transport->bind);
    if (err)
        goto out;
    err = sip_alloc(&transport->sip, NULL, HASH_SIZE, HASH_SIZE, HASH_SIZE, config->software, NULL,
                    transport);
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
    if (transport->sip)
        sip_transp_flush(transport->sip);
    mem_deref(transport->listener);
    mem_deref(transport->sip);
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

static int choose_local(const struct transport *transport, const struct sa *peer,
                        struct sa *ret_local)
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
    sip_transp_flush(transport->sip);
    sa_init(&transport->local, AF_UNSPEC);
    transport->has_tls = false;
    transport->tls = NULL;
}

/* UDP and TCP on the same port. */
static int open_pair(struct transport *transport, const struct sa *local)
{
    struct sa bound = *local;
    int err = EADDRINUSE;

    for (int i = 0; i < FREE_PORT_TRIES && err == EADDRINUSE; i++) {
        close_all(transport);
        err = sip_transp_add(transport->sip, SIP_TRANSP_UDP, local);
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

    err = choose_local(transport, peer, &local);
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

void transport_close_connections(struct transport *transport)
{
    struct sa local = transport->local;

    if (sa_isset(&local, SA_ADDR))
        (void)open_pair(transport, &local); /* if it fails, the next transport_open tells */
    else
        close_all(transport);
}

struct sip *transport_sip(const struct transport *transport)
{
    return transport->sip;
}

void transport_local(const struct transport *transport, struct sa *ret_local)
{
    *ret_local = transport->local;
}
