/* SPDX-License-Identifier: MIT */
/* first_start.h - what a panel needs before it can be used: a serial number and a password for
 * admin. Made once, at the first start. Blocks: before the loop runs. */
#ifndef FIRST_START_H
#define FIRST_START_H

#include <stdbool.h>

#include "settings/settings.h"

#define FIRST_START_PASSWORD_FILE "initial-password"

/* Fill in what settings lack.
 *   dir, dir_fd       the state directory, for messages and for files
 *   serial            a configured one, or ""
 *   factory_password  a given one, or "": a random one is made and shown on stderr if that
 *                     is a terminal, else written to initial-password in dir_fd
 *   ret_changed       true if settings were changed and have to be stored
 * Returns 0 or an errno value. */
int first_start_prepare(struct settings *settings, const char *dir, int dir_fd, const char *serial,
                        const char *factory_password, bool *ret_changed);

/* Make a certificate for HTTPS at address ("ADDR:PORT") if there is none: for localhost, the name
 * of this machine and that address. Returns 0 or an errno value. */
int first_start_make_identity(struct settings *settings, const char *address, bool *ret_changed);

/* The password was changed: the file with the first one has no more use. */
void first_start_forget_password(int dir_fd);

/* "02:..." or the first network card's: what the API calls mac_address. */
void first_start_mac_address(const char *serial, char buf[18]);

#endif
