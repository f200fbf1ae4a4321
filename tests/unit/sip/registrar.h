/* SPDX-License-Identifier: MIT */
/* registrar.h - a registrar by UDP for the tests, on a loopback port, in the loop under test. */
#ifndef REGISTRAR_H
#define REGISTRAR_H

#include <stdbool.h>
#include <stdint.h>

enum { REGISTRAR_MAX_REQUESTS = 64, REGISTRAR_MAX_TEXT = 4096 };

/* One REGISTER; retransmissions do not count. */
struct registrar_request {
    char text[REGISTRAR_MAX_TEXT];
    char call_id[100];
    char from[200];
    char contact[400];
    unsigned cseq;
    int expires_s; /* -1: no such header */
};

/* How to answer from now on: once for each of code, then the last for ever. */
struct registrar_reply {
    int code;            /* 0: silence */
    const char *headers; /* "A: b\r\n" or "" */
};

struct registrar {
    int fd;
    uint16_t port;
    const struct registrar_reply *replies; /* ends with code -1 */
    struct registrar_request requests[REGISTRAR_MAX_REQUESTS];
    unsigned n;
};

/* Aborts on failure: tests only. */
void registrar_start(struct registrar *registrar);
void registrar_stop(struct registrar *registrar);

/* replies: borrowed, ends with code -1. */
void registrar_reply(struct registrar *registrar, const struct registrar_reply *replies);

#endif
