/* SPDX-License-Identifier: MIT */
/* fake_net.h - the kernel's part of the SIP library's sockets, played by the test: what it sends
 * stays here, what it receives is given by hand, and only timers that are called fire. Everything
 * in between is real: the library's receive handlers, its parsers, and all of ours. There is no
 * loop; the clock is hand_clock.c. Functions are replaced by the linker (--wrap, meson.build). */
#ifndef FAKE_NET_H
#define FAKE_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FAKE_NET_MAX_SENT = 16 * 1024, FAKE_NET_SENT = 4 };

enum fake_net_peer { FAKE_NET_SERVER, FAKE_NET_STRANGER };

/* Where they are: FAKE_NET_SERVER_IP:5060 and FAKE_NET_STRANGER_IP:5060. We are at
 * 127.0.0.1:5060 always. */
#define FAKE_NET_SERVER_IP "127.0.0.2"
#define FAKE_NET_STRANGER_IP "192.0.2.66"

/* Forget all that was sent, and begin random numbers anew: what comes is the same each time. */
void fake_net_reset(void);

/* A datagram for the first UDP socket that is open. */
void fake_net_datagram(enum fake_net_peer from, const void *data, size_t len);

/* The connection we have asked for stands; nothing happens if there is none. */
void fake_net_connected(void);

/* The stranger opens a connection to us. */
void fake_net_accept(void);

/* Bytes on our connection to the server, or on the one the stranger has opened last. */
void fake_net_stream(enum fake_net_peer from, const void *data, size_t len);

/* The other end closes it. */
void fake_net_close(enum fake_net_peer from);

/* Time goes on, and all timers that are due fire in order. */
void fake_net_advance_ms(uint64_t ms);

/* The n-th message before the one that was sent last (0: that one); NULL if there is none. */
const uint8_t *fake_net_sent(unsigned n, size_t *ret_len);

/* Did the last one go to the server: its address, and its port unless whatever_port? */
bool fake_net_is_to_server(bool whatever_port);

/* Called with each message as it is sent; NULL: nobody. */
typedef void fake_net_sent_fn(const uint8_t *data, size_t len);
void fake_net_on_sent(fake_net_sent_fn *on_sent);

#endif
