/* SPDX-License-Identifier: MIT */
/* server.h - the HTTP server: libmicrohttpd without threads, in our loop. Loop thread only.
 * Never blocks. It keeps strangers within limits of connections, time and size. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

struct server;
struct request;
struct tls_identity;

/* A request has come in as a whole. Answer it by request_answer*(), before this returns
 * or later. */
typedef void server_request_fn(struct request *request, void *arg);

struct server_config {
    const char *address;      /* as listen_open; borrowed for the call */
    const char *local_dir;    /* instead of address: see local_open; borrowed for the call */
    unsigned max_connections; /* in all; 0: 512 */
    unsigned max_per_address; /* IPv6: per /64; 0: 128 */
    unsigned idle_s;          /* a connection without a byte ends; 0: 30 */
    unsigned request_s;       /* from an answer, or the connect, to the next request's end; 0: 60 */
    struct tls_identity *identity; /* speak TLS and show this; shared; NULL: plain HTTP */
    server_request_fn *handle;
    void *arg;
};

/* Returns 0, what listen_open returns, or ENOMEM. Caller owns *ret_server. */
int server_new(const struct server_config *config, struct server **ret_server);

/* Closes all connections; requests not yet answered become orphans. NULL is fine; returns
 * NULL. */
struct server *server_free(struct server *server);

/* Show another one from now on; connections that stand go on. Shared. Only if one was given at
 * the start. */
void server_set_identity(struct server *server, struct tls_identity *identity);

/* Where it listens, with the port it got; "" for a local one. Borrowed. */
const char *server_address(const struct server *server);

#endif
