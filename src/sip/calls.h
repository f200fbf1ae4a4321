/* SPDX-License-Identifier: MIT */
/* calls.h - the calls of one agent: which run, who may call us, and which requests are of a call.
 * Loop thread only. Never blocks. */
#ifndef SIP_CALLS_H
#define SIP_CALLS_H

#include <stdbool.h>

#include "sip/call.h"
#include "sip/transport.h"

struct account;
struct audio_stats;
struct calls;
struct host;
struct resolver;
struct sip;
struct sip_msg;
struct sound;

enum {
    CALLS_MAX_REQUESTS = 200, /* of the other side in a call; no more are answered until ... */
    CALLS_REQUESTS_MS = 32000,
};

/* Fill in the account that is in use. Returns false: there is none. */
typedef bool calls_account_fn(struct account *ret_account, void *arg);

struct calls_config {
    struct transport *transport; /* borrowed */
    struct resolver *resolver;   /* borrowed */
    struct sound *sound;         /* borrowed; NULL: no calls */
    calls_account_fn *account;
    void *arg;
};

/* Returns 0 or ENOMEM; caller owns *ret_calls. */
int calls_new(const struct calls_config *config, struct calls **ret_calls);

/* Ends what runs as far as one datagram goes, and tells nothing. Requests of others on the same
 * transport are given up, too. NULL is fine; returns NULL. */
struct calls *calls_free(struct calls *calls);

/* As agent_on_call and the agent_call_*() have it. */
void calls_listen(struct calls *calls, call_event_fn *on_call, void *arg);
int calls_dial(struct calls *calls, const char *number, unsigned *ret_id);
int calls_end(struct calls *calls, unsigned id, bool is_limit);
int calls_answer(struct calls *calls, unsigned id);
int calls_refuse(struct calls *calls, unsigned id, unsigned code);
int calls_stats(const struct calls *calls, unsigned id, struct audio_stats *ret_stats);
int calls_set_callers(struct calls *calls, const char *networks);

/* Does one run? */
bool calls_has_any(const struct calls *calls);

/* Hang up on all. */
void calls_end_all(struct calls *calls);

/* Links, addresses or routes have changed. */
void calls_network_changed(struct calls *calls);

/* Calls are taken from all addresses of this server, too, beside those of the account's next hop.
 * host: copied; NULL: there is no other. */
void calls_set_proxy(struct calls *calls, const struct host *host, enum sip_transport transport);

/* A transport_trust_fn but for its last argument. */
bool calls_is_of_peer(const struct calls *calls, const struct sip_msg *msg);

/* A transport_call_fn but for its last argument. */
enum transport_verdict calls_on_request(struct calls *calls, struct sip *sip,
                                        const struct sip_msg *msg);

#endif
