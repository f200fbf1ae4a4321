/* SPDX-License-Identifier: MIT */
/* call_case.h - an agent that is registered at a server, and a phone elsewhere, for the tests of
 * calls. Fails the test on failure. */
#ifndef CALL_CASE_H
#define CALL_CASE_H

#include "sip/agent.h"
#include "sip/dns_server.h"
#include "sip/fake_audio.h"
#include "sip/sip_peer.h"
#include "sip/stun_server.h"

#define CALL_SDP_BODY                                                                              \
    "v=0\r\no=x 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.9\r\nt=0 0\r\n"                    \
    "m=audio 5004 RTP/AVP 0 8 96\r\na=rtpmap:96 telephone-event/8000\r\n"

struct call_case {
    struct sip_peer server; /* 127.0.0.1 */
    struct sip_peer phone;  /* 127.0.0.2: at another address */
    struct stun_server stun;
    struct dns_server *dns; /* the agent asks it; knows no name until told */
    struct agent *agent;
    struct sip_settings settings;
    uint16_t port;         /* of the agent */
    char told[2000];       /* events: "1 ringing\n" "1 digit 5\n" "1 ended busy\n" ... */
    struct call_info info; /* as told last */
    unsigned id;           /* that agent_call gave */
    void (*on_event)(enum call_event event, const struct call_info *info); /* NULL: nothing */
};

/* is_registered: there is an account, and it is bound. */
struct call_case *call_case_start(bool is_registered);
void call_case_stop(void);

/* Bind the account of settings. */
void call_case_register(void);

/* Until told ends with this. */
void call_case_wait_told(const char *end);

/* An outgoing call to 200 that is established: the server's answer has tag "b". Returns the ACK. */
const char *call_case_establish(void);

/* An INVITE of peer with this body and further headers. */
void call_case_invite(struct sip_peer *peer, const char *call_id, const char *headers,
                      const char *body);

/* A request of peer in the dialog of an incoming call (call_case_invite); answer: our 180 or 200.
 */
void call_case_request_in(struct sip_peer *peer, const char *answer, const char *method,
                          unsigned cseq, const char *headers, const char *body);

/* And of an outgoing one; ack: our ACK (or INVITE, then tag is needed in it). */
void call_case_request_out(struct sip_peer *peer, const char *ack, const char *method,
                           unsigned cseq, const char *headers, const char *body);

#endif
