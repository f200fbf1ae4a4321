/* SPDX-License-Identifier: MIT */
/* attempt.h - one try to register an account at one address: sockets, TLS where it is wanted, the
 * REGISTER, and how long each of them may take. Loop thread only. Never blocks. */
#ifndef SIP_ATTEMPT_H
#define SIP_ATTEMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "settings/sip_settings.h"
#include "sip/registration.h"

struct attempt;
struct host;
struct sa;
struct tls_trust;
struct transport;
struct worker;

enum { ATTEMPT_CONNECT_MS = 5000 }; /* a TCP connection and its TLS handshake */

struct attempt_config {
    struct transport *transport;       /* borrowed */
    const char *instance;              /* see registration_config; borrowed */
    const char *user_agent;            /* borrowed */
    registration_result_fn *on_result; /* as of a registration; with REGISTRATION_UNREACHABLE err is
                                          also ETIME: the connection did not stand in time */
    struct worker *worker;             /* for reading CAs; borrowed */
    void (*on_ready)(void *arg);       /* see attempt_prepare */
    void *arg;
};

/* Make one for the address-of-record in settings; starts nothing. Returns 0 or ENOMEM; caller owns
 * *ret_attempt. */
int attempt_new(const struct attempt_config *config, const struct sip_settings *settings,
                struct attempt **ret_attempt);

/* Not from inside on_result. NULL is fine; returns NULL. */
struct attempt *attempt_free(struct attempt *attempt);

/* Other settings for the same address-of-record: the next attempt uses them. Copied.
 *   trust      for TLS; borrowed until the next attempt_set or attempt_free
 *   is_strict  false: take any certificate */
void attempt_set(struct attempt *attempt, const struct sip_settings *settings,
                 struct tls_trust *trust, bool is_strict);

/* Make TLS ready, where it is wanted, for connections to server, and forget what went wrong the
 * last time. Returns 0, EAGAIN (the clock is not set: no certificate can be checked), EINPROGRESS
 * (the CAs are being read: on_ready is called later, unless it is cancelled) or another errno
 * value: TLS cannot be set up. */
int attempt_prepare(struct attempt *attempt, const struct host *server);

/* Go: open sockets, connect, register at server; a binding that is there is refreshed. on_result
 * is called later, once. answer_ms: how long to wait for the answer to a datagram (for a
 * connection see attempt_connected). Returns 0 or an errno value, then it is not called. */
int attempt_send(struct attempt *attempt, const struct sa *server, unsigned answer_ms);

/* A message has gone out over a TCP or TLS connection: it stands. If we wait for that we wait for
 * the answer from now on, answer_ms. */
void attempt_connected(struct attempt *attempt, unsigned answer_ms);

/* Something else has gone wrong meanwhile: what is under way has no limit of ours any more. */
void attempt_take_your_time(struct attempt *attempt);

/* Forget what is under way; on_result will not be called for it. */
void attempt_cancel(struct attempt *attempt);

/* Give up the TLS context, and all connections with it: before its sockets go. */
void attempt_release(struct attempt *attempt);

/* Say why the server at to (text) cannot be reached.
 *   err       of the result, or of attempt_send
 *   waited_s  for an answer; 0: as long as the last attempt did */
void attempt_explain(const struct attempt *attempt, int err, unsigned waited_s, const char *to,
                     char *buf, size_t size);

/* The registration itself. Borrowed. */
struct registration *attempt_registration(const struct attempt *attempt);

#endif
