/* SPDX-License-Identifier: MIT */
/* listen.h - a listening TCP socket. Does not block. */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H

enum { LISTEN_TEXT_SIZE = 64 }; /* "[IPv6]:65535" and the NUL */

/* address: "192.0.2.1:80" or "[2001:db8::1]:80"; "[::]:80" is IPv4 too; port 0: any free.
 * Returns 0, EINVAL (not of that form), EADDRINUSE, EACCES, EADDRNOTAVAIL, ...
 * Caller owns *ret_fd (close-on-exec, does not block). */
int listen_open(const char *address, int *ret_fd);

/* What it is really bound to, in the same form. */
int listen_text(int fd, char ret_text[LISTEN_TEXT_SIZE]);

#endif
