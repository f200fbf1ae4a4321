/* SPDX-License-Identifier: MIT */
/* tls_server.h - a TLS server between two buffers, for one connection at a time. Its own
 * allocations never fail. */
#ifndef TLS_SERVER_H
#define TLS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Once: make its key and its certificate for name. */
void tls_server_init(const char *name);

/* The certificate as PEM, to be trusted. */
const char *tls_server_certificate(void);

/* No connection. */
void tls_server_reset(void);

/* Are these bytes TLS, as opposed to what is sent beside it? */
bool tls_server_is_record(const uint8_t *data, size_t len);

/* Bytes from the client; a ClientHello begins a new connection. */
void tls_server_take(const uint8_t *data, size_t len);

/* What the client has said. Returns the length; 0: nothing (yet). */
size_t tls_server_read(void *buf, size_t size);

/* To be said to the client. */
void tls_server_write(const void *data, size_t len);

/* Bytes for the client. Returns the length; 0: nothing (yet). */
size_t tls_server_output(uint8_t *buf, size_t size);

#endif
