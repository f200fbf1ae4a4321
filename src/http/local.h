/* SPDX-License-Identifier: MIT */
/* local.h - the socket in the state directory by which the command line speaks to the panel. Who
 * may connect is checked by the kernel's word for the other end's user, so no password is
 * needed. Does not block. */
#ifndef HTTP_LOCAL_H
#define HTTP_LOCAL_H

#include <stdbool.h>

#define LOCAL_SOCKET_NAME "portero.sock"

/* Listen on LOCAL_SOCKET_NAME in dir, mode 0600. One that a killed process has left is replaced.
 * Returns 0, EADDRINUSE (somebody answers there, or it is no socket) or another errno value.
 * Caller owns *ret_fd (close-on-exec, does not block). */
int local_open(const char *dir, int *ret_fd);

/* Remove the socket's file. */
void local_remove(const char *dir);

/* Is the other end of this connection root, or the user that we run as? */
bool local_is_ours(int fd);

#endif
