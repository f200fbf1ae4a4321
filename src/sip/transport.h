/* SPDX-License-Identifier: MIT */
/* transport.h - the SIP stack's sockets: which local address and port, rebuilt when the way to
 * the server changes. UDP and TCP share one port; TLS goes only over connections that we
 * open. Loop thread only. Never blocks. */
#ifndef SIP_TRANSPORT_H
#define SIP_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "settings/sip_settings.h"

struct sa;
struct sip;
struct sip_keepalive;
struct sip_msg;
struct tcp_conn;
struct tls;
struct trace_entry;
struct transport;
struct udp_sock;
struct uri;

/* A request that belongs to no transaction or dialog of ours has come in. */
typedef void transport_request_fn(struct sip *sip, const struct sip_msg *msg, void *arg);

/* What is to become of a request. */
enum transport_verdict {
    TRANSPORT_UNASKED,  /* it is nobody's: transport_request_fn */
    TRANSPORT_SESSIONS, /* for the listener that was added later: the library's sessions */
    TRANSPORT_DONE,     /* no more of it */
};

/* Any request has come in that belongs to no transaction. */
typedef enum transport_verdict transport_call_fn(struct sip *sip, const struct sip_msg *msg,
                                                 void *arg);

/* A CANCEL, or an answer to an INVITE, has come in. The library goes by its branch alone: does it
 * come from who that INVITE came from, or went to? Otherwise it changes nothing. */
typedef bool transport_trust_fn(const struct sip_msg *msg, void *arg);

/* A message has really gone out, or come in. len: of message->text, which is as on the wire. */
typedef void transport_traffic_fn(const struct trace_entry *message, size_t len, void *arg);

/* A connection is gone; err: errno value. */
typedef void transport_closed_fn(int err, void *arg);

/* The library's keep-alive is used only to be told when a connection closes: its ping would cut
 * off servers that do not answer it. One day is never. */
enum { TRANSPORT_NO_PING_S = 86400 };

/* What may wait for a peer that does not read, in bytes; then its connection is closed. A pong of
 * two bytes takes 0.7 KB of ours while it waits. */
enum {
    TRANSPORT_MAX_WAITING_STRANGER = 256, /* on connections that others have opened */
    TRANSPORT_MAX_WAITING = 65536,        /* on ours */
};

struct transport_config {
    const char *bind;     /* "ADDR:PORT", "ADDR" 0.0.0.0 or NULL: the address that routes to the
                             server; port 0: any free one, kept from then on. Borrowed. */
    const char *software; /* for User-Agent and Server; borrowed */
    transport_request_fn *on_request;
    transport_call_fn *on_call_request; /* told first; NULL: there are no calls */
    transport_trust_fn *is_of_peer;     /* NULL: all are */
    transport_traffic_fn *on_traffic;
    void *arg;
};

/* Make the stack; opens nothing yet. Returns 0, EINVAL (bind is no address) or ENOMEM.
 * Caller owns *ret_transport. */
int transport_new(const struct transport_config *config, struct transport **ret_transport);

/* Closes all at once, without waiting for transactions. NULL is fine; returns NULL. */
struct transport *transport_free(struct transport *transport);

/* Open sockets for talking to peer, or keep the ones that fit.
 *   peer  NULL: for nobody yet (at start, to hold the port)
 *   tls   the context for connections by TLS, borrowed until the next transport_open or
 *         transport_close; NULL unless kind is SIP_TRANSPORT_TLS
 * Connections are lost if anything had to be rebuilt. Returns 0 or an errno value
 * (EADDRINUSE, ENETUNREACH: no route, ...); then nothing is open. */
int transport_open(struct transport *transport, const struct sa *peer, enum sip_transport kind,
                   struct tls *tls);

/* With nobody to talk to yet, after the network has changed: what is open moves to where a route
 * leads out now. Nothing changes when none does, or nothing is open (the port may be another
 * account's). */
void transport_follow(struct transport *transport);

/* Give up TLS (its context may then be freed) and all connections, but hold UDP and TCP. What came
 * by a connection may still be answered by it, and it closes when that is done. */
void transport_close_connections(struct transport *transport);

/* Stand around sip_request(), which comes back with err: a TCP or TLS connection that it makes can
 * then be watched by transport_watch_connection. */
void transport_connect_begin(struct transport *transport);
void transport_connect_end(struct transport *transport, int err);

/* Be told when that connection closes: from now on, once. Returns 0, ENOTCONN (there is none, or
 * it does not stand yet) or ENOMEM. Caller owns *ret_watch (mem_deref: not told); *ret_tcp is
 * borrowed, for the time of the call. */
int transport_watch_connection(struct transport *transport, transport_closed_fn *closed, void *arg,
                               struct sip_keepalive **ret_watch, struct tcp_conn **ret_tcp);

/* The stack. Borrowed; valid as long as transport. */
struct sip *transport_sip(const struct transport *transport);

/* The local address from which we would talk to peer now, port 0 unless one is configured.
 * Returns 0 or an errno value (ENETUNREACH, EAFNOSUPPORT, ...). */
int transport_choose(const struct transport *transport, const struct sa *peer,
                     struct sa *ret_local);

/* The way to server for sip_request(). Borrowed; valid until the next call. */
const struct uri *transport_route(struct transport *transport, const struct sa *server,
                                  enum sip_transport kind);

/* The socket of SIP over UDP; NULL if none is open. Borrowed until the next transport_open. */
struct udp_sock *transport_udp_socket(const struct transport *transport);

/* Two line ends to server (RFC 5626 section 3.5.1, 4.4.1): a keep-alive. */
int transport_send_crlf(struct transport *transport, const struct sa *server,
                        enum sip_transport kind);

/* Where we listen, and where that is for a message to peer; port 0 before anything is open. */
void transport_local(const struct transport *transport, struct sa *ret_local);

#endif
