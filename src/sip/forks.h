/* SPDX-License-Identifier: MIT */
/* forks.h - a call of ours may be answered more than once: a proxy rings several phones, and two
 * pick up. The first wins; each other one gets its ACK and a BYE (RFC 3261 section 13.2.2.4).
 * Also knows which Call-IDs are, or have just been, ours. Loop thread only. */
#ifndef SIP_FORKS_H
#define SIP_FORKS_H

#include <stdbool.h>

struct forks;
struct pl;
struct sip_msg;
struct sipsess_sock;
struct transport;
struct way_speakers;

enum {
    FORKS_MAX_CALLS = 32,  /* the oldest is forgotten */
    FORKS_MAX_LOSERS = 8,  /* of one call */
    FORKS_LATE_MS = 32000, /* RFC 3261: 64 * T1; how long answers may come late */
};

/* transport: borrowed. To be made before the library's sipsess_listen, which swallows all such
 * answers. Returns 0 or ENOMEM; caller owns *ret_forks. */
int forks_new(struct transport *transport, struct forks **ret_forks);
struct forks *forks_free(struct forks *forks);

/* Who knows which answer has won. Borrowed. */
void forks_set_sessions(struct forks *forks, struct sipsess_sock *sessions);

/* An INVITE of ours goes out, or one to us has come in. A reference to speakers is kept. */
void forks_add(struct forks *forks, const char *call_id, struct way_speakers *speakers);

/* It is answered for good, or over: others may come for FORKS_LATE_MS. */
void forks_settle(struct forks *forks, const char *call_id);

/* Is this one of them, running or over, of the last FORKS_MAX_CALLS? The library may wait for the
 * answer to its BYE for longer than FORKS_LATE_MS after the call was answered. */
bool forks_has(const struct forks *forks, const struct pl *call_id);

/* Does msg belong to one of them, and come from where the other side of that call is, or was? */
bool forks_is_from_peer(const struct forks *forks, const struct sip_msg *msg);

#endif
