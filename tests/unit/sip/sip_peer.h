/* SPDX-License-Identifier: MIT */
/* sip_peer.h - the other side of SIP by UDP for the tests, on a loopback address, in the loop under
 * test: a registrar that says yes, and a proxy or phone that says what the test tells it to.
 * Aborts on failure: tests only. */
#ifndef SIP_PEER_H
#define SIP_PEER_H

#include <stdbool.h>
#include <stdint.h>

enum { SIP_PEER_MAX_MESSAGES = 64, SIP_PEER_MAX_TEXT = 4096 };

struct sip_peer {
    int fd;
    uint16_t port;
    char address[32];                                    /* "127.0.0.1:5060" */
    uint16_t agent_port;                                 /* where the last message came from */
    char text[SIP_PEER_MAX_MESSAGES][SIP_PEER_MAX_TEXT]; /* all but REGISTER; no retransmissions */
    unsigned n;
    const char *register_headers; /* of the 200 to a REGISTER; "": none */
    const char *challenge;        /* the first REGISTER gets 401 with this header; NULL: none */
    bool has_challenged;
    char register_text[SIP_PEER_MAX_TEXT];
};

/* ip: "127.0.0.1", "127.0.0.2" ... */
void sip_peer_start(struct sip_peer *peer, const char *ip);
void sip_peer_stop(struct sip_peer *peer);

/* Wait until a message that begins so has come ("INVITE ", "SIP/2.0 486"), since that was asked for
 * last; others before it count as read. Returns it; NULL after 10 s. */
const char *sip_peer_wait(struct sip_peer *peer, const char *begin);

/* True if none that begins so came in a few ms. */
bool sip_peer_has_none(struct sip_peer *peer, const char *begin);

/* Answer request: its Via, From, Call-ID, CSeq, and To with ";tag=TAG" (tag: "": none).
 *   code    "180 Ringing"
 *   headers  "A: b\r\n" or ""
 *   body     "" or SDP; with its Content-Type and Content-Length */
void sip_peer_answer(struct sip_peer *peer, const char *request, const char *code, const char *tag,
                     const char *headers, const char *body);

/* Send text to the agent as it is. */
void sip_peer_send(struct sip_peer *peer, uint16_t agent_port, const char *text);

/* The value of a header, "" if there is none. */
void sip_peer_header(const char *text, const char *name, char *buf, unsigned size);

/* The body. */
const char *sip_peer_body(const char *text);

#endif
