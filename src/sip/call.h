/* SPDX-License-Identifier: MIT */
/* call.h - one call of an account: from the INVITE to the BYE, out or in, with its sound and its
 * DTMF. Owned by the agent (agent.h); others know it by its id. Loop thread only. Never blocks. */
#ifndef SIP_CALL_H
#define SIP_CALL_H

#include <stdbool.h>
#include <stdint.h>

enum call_state {
    CALL_OUT,         /* INVITE sent, or about to be (STUN, DNS) */
    CALL_RINGING,     /* 180 or 183 received */
    CALL_IN,          /* INVITE received: waits for agent_call_answer or _refuse; 180 is sent */
    CALL_ESTABLISHED, /* answered */
    CALL_ENDED,
};

/* Why it ended. */
enum call_end {
    CALL_NOT_ENDED,
    CALL_HUNG_UP,        /* by us */
    CALL_HUNG_UP_THERE,  /* by the other side: BYE, or CANCEL of a call to us */
    CALL_CANCELED,       /* by us, before the answer */
    CALL_BUSY,           /* 486, 600 */
    CALL_DECLINED,       /* 603, 403, 433 ... */
    CALL_NOT_FOUND,      /* 404, 410, 484, 604 */
    CALL_NO_ANSWER,      /* 408, 480, or our own limit */
    CALL_UNREACHABLE,    /* no way to the server, no answer from it */
    CALL_NOT_ACCEPTABLE, /* 488, 606, no common codec */
    CALL_FAILED,         /* another answer of 4xx to 6xx, or our own trouble */
    CALL_DEAD,           /* no sound came for a long time */
};

enum { CALL_MAX_URI = 255, CALL_MAX_REASON = 200, CALL_MAX_ADDRESS = 45 };

/* A value. */
struct call_info {
    unsigned id; /* from 1 on; never used again */
    bool is_incoming;
    enum call_state state;
    enum call_end end;
    int code;                        /* last SIP response of an outgoing call; 0: none */
    char reason[CALL_MAX_REASON];    /* of the end, in words a person understands */
    char peer_uri[CALL_MAX_URI + 1]; /* "sip:101@pbx.example.com": To of ours, From of theirs */
    bool is_by_server;               /* of a call to us: the account's own server has sent it, so
                                        From is as good as the server is */
    /* of a call to us: where it came from, without a port */
    char peer_address[CALL_MAX_ADDRESS + 1];
    bool is_held; /* the other side does not want to hear us now */
    int64_t started_at_ms, ringing_at_ms, answered_at_ms, ended_at_ms; /* Unix; 0: not (yet) */
};

enum call_event {
    CALL_CHANGED, /* another state, or hold */
    CALL_DIGIT,   /* the far end has typed a digit */
};

/* info: valid for the time of the call. digit: of CALL_DIGIT, else 0. May call agent_call_*() but
 * not free the agent. CALL_ENDED is told once and last. */
typedef void call_event_fn(enum call_event event, const struct call_info *info, char digit,
                           void *arg);

/* "busy", "no answer", ... */
const char *call_end_name(enum call_end end);

#endif
