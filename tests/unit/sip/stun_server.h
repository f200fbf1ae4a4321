/* SPDX-License-Identifier: MIT */
/* stun_server.h - a STUN server (RFC 5389, UDP) for the tests, on a loopback port, in the loop
 * under test. */
#ifndef STUN_SERVER_H
#define STUN_SERVER_H

#include <stdint.h>

enum stun_say {
    STUN_SAY_NOTHING,
    STUN_SAY_XOR_MAPPED,
    STUN_SAY_MAPPED,     /* only that: RFC 3489 */
    STUN_SAY_BOTH,       /* MAPPED is another address, as a meddling router makes it */
    STUN_SAY_NO_ADDRESS, /* success, but without any */
    STUN_SAY_ERROR,      /* an error response: see error */
    STUN_SAY_TO_ANOTHER, /* the transaction id is another one's */
    STUN_SAY_UNKNOWN,    /* with an attribute that has to be understood */
};

struct stun_server {
    int fd;
    uint16_t port;
    enum stun_say say;
    const char *mapped; /* IPv4 address */
    uint16_t mapped_port;
    unsigned error; /* 500 at first; 0: no code in it */
    unsigned n;     /* requests; retransmissions do not count */
    unsigned n_all; /* with them */
    uint8_t id[12]; /* of the last one */
};

/* Says at first that we are 198.51.100.7:40000 (XOR-MAPPED). Aborts on failure: tests only. */
void stun_server_start(struct stun_server *server);
void stun_server_stop(struct stun_server *server);

#endif
