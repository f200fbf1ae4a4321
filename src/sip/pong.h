/* SPDX-License-Identifier: MIT */
/* pong.h - the pong (CRLF) to a ping (CRLF CRLF, RFC 5626 section 4.4.1) that comes in two pieces
 * on a TCP or TLS connection. To one that comes whole the library answers; of pieces it takes each
 * for a pong. Loop thread only. */
#ifndef SIP_PONG_H
#define SIP_PONG_H

struct tcp_conn;

/* A ping's two line ends come within this time; else they are two pongs to pings of ours. */
enum { PONG_WITHIN_MS = 500 };

/* Answer them on this connection, until it closes. Returns 0 or ENOMEM. */
int pong_watch(struct tcp_conn *connection);

#endif
