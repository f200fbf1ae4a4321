/* SPDX-License-Identifier: MIT */
/* http.h - the panel over HTTP: its page, its API and who may use it. Loop thread only.
 * Never blocks. */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

struct http;
struct panel;
struct event_bus;
struct journal;
struct worker;

/* Password checks that may run or wait at once: make auth_worker with it. */
enum { HTTP_AUTH_JOBS = 9 };

/* Of the numbers, 0 is the default in brackets. */
struct http_config {
    const char *address;   /* "192.0.2.1:80", "[::]:80", port 0: any free; borrowed for the call */
    const char *local_dir; /* where the command line's socket is; NULL: none; as address */
    /* The same with TLS, with the certificate in the panel's settings; NULL: none; as address. */
    const char *https_address;
    struct panel *panel;        /* borrowed */
    struct event_bus *events;   /* borrowed; told logins and password changes; may be NULL */
    struct journal *journal;    /* borrowed; the log of events; NULL: none */
    struct worker *auth_worker; /* borrowed; only for this, as each job takes some 20 ms */
    const char *resolv_conf;    /* names the machine's name server; NULL: none; as address */
    unsigned token_life_s;      /* since last use (7200) */
    unsigned max_connections;   /* in all (512) */
    unsigned max_per_address;   /* IPv6: per /64 (128) */
    unsigned idle_s;            /* a connection without a byte ends (30) */
    unsigned request_s;         /* from one answer to the next request's end, at most (60) */
};

/* Listens when it returns 0. Otherwise ENOKEY (no certificate that can be used), EINVAL (address),
 * EADDRINUSE, EACCES, EADDRNOTAVAIL, ENOMEM, ... Caller owns *ret_http. */
int http_new(const struct http_config *config, struct http **ret_http);

/* Closes everything at once. To be called before panel, events, journal and auth_worker are freed;
 * what they still have to do for a request then leads nowhere. NULL is fine; returns NULL. */
struct http *http_free(struct http *http);

/* "192.0.2.1:43121": where it really listens. Borrowed. */
const char *http_address(const struct http *http);

/* The same for HTTPS; NULL: it is off, by configuration or by web/ssl. */
const char *http_https_address(const struct http *http);

/* Where HTTPS is, was, or will be once it is on; "": it is not configured. Borrowed. */
const char *http_https_place(const struct http *http);

#endif
