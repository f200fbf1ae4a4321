/* SPDX-License-Identifier: MIT */
/* secret.h - the key file and what is sealed with it (libsodium secretbox).
 * Any thread once the key is loaded. */
#ifndef SETTINGS_SECRET_H
#define SETTINGS_SECRET_H

#include <stdbool.h>
#include <stddef.h>

struct secret_key;

/* Bytes that sealing adds to a text. */
enum { SECRET_OVERHEAD = 24 + 16, SECRET_MAX_TEXT = 4096 };

/* Read dir_fd/portero.key, or make it (0600, synced to disk) if there is none and
 * may_create. Returns 0; ENOENT (none, not may_create); EBADMSG (wrong size, or others may
 * read it); or an errno value. Caller owns *ret_key. Blocks. */
int secret_key_load(int dir_fd, bool may_create, struct secret_key **ret_key);

/* Wipes, then frees. NULL is fine; returns NULL. */
struct secret_key *secret_key_free(struct secret_key *key);

/* Seal text (NUL-terminated, at most SECRET_MAX_TEXT) into buf of strlen + SECRET_OVERHEAD bytes.
 * Returns 0, EMSGSIZE (buf too small or text too long). */
int secret_seal(const struct secret_key *key, const char *text, unsigned char *buf, size_t size,
                size_t *ret_len);

/* The reverse, into text with its NUL. Returns 0, EBADMSG (not sealed with this key, or
 * damaged) or EMSGSIZE. text is "" on failure. */
int secret_open(const struct secret_key *key, const unsigned char *buf, size_t len, char *text,
                size_t size);

#endif
