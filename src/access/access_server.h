/* SPDX-License-Identifier: MIT */
/* access_server.h - asks a remote access server whether what was scanned may open. Loop thread
 * only. Never blocks. */
#ifndef ACCESS_ACCESS_SERVER_H
#define ACCESS_ACCESS_SERVER_H

#include "access/server_answer.h"

struct access_server;
struct scan;

enum {
    ACCESS_SERVER_LIMIT_MS = 10000, /* in all, from question to answer */
    ACCESS_SERVER_MAX_QUESTIONS = 4,
};

/* Returns 0 or ENOMEM; caller owns *ret_server. */
int access_server_new(struct access_server **ret_server);

/* Questions that wait end; nobody is told. NULL is fine; returns NULL. */
struct access_server *access_server_free(struct access_server *server);

/* Ask this one from now on. url: as settings have it. ca_pem: CAs to trust besides the system's;
 * "": none. Both copied. What is under way goes on. Returns 0 or ENOMEM: then nothing changed. */
int access_server_use(struct access_server *server, const char *url, const char *ca_pem);

/* answer: all zero if there is no decision; then why says why in words, never with the URL, or is
 * NULL: the server leaves it to the panel. scan: what was asked about; borrowed. */
typedef void access_server_fn(const struct scan *scan, const struct server_answer *answer,
                              const char *why, void *arg);

/* done: called once, from the loop, within ACCESS_SERVER_LIMIT_MS, unless this fails. Returns 0,
 * EALREADY (the same is being asked now), EBUSY (enough are), ELIBACC (no HTTP here) or another
 * errno value. */
int access_server_ask(struct access_server *server, const struct scan *scan, access_server_fn *done,
                      void *arg);

unsigned access_server_count(const struct access_server *server); /* of questions under way */

#endif
