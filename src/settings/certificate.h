/* SPDX-License-Identifier: MIT */
/* certificate.h - X.509 certificates and their keys as PEM: are they good, what do they say,
 * and a self-signed one of our own. Any thread. Making one takes some ms, the rest less. */
#ifndef SETTINGS_CERTIFICATE_H
#define SETTINGS_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CERTIFICATE_MAX_NAME = 253 };

struct certificate_info {
    char fingerprint[96]; /* SHA-256, "AB:CD:..." as browsers show it */
    char subject[256];    /* "CN=gate.example.com" (RFC 2253); cut if longer */
    int64_t not_after_s;  /* Unix time */
    bool is_self_signed;
};

/* Is pem a list of CAs? Returns NULL if it is at least one certificate, and nothing else is in
 * it that is PEM; else why not, static. */
const char *certificate_check_ca(const char *pem);

/* Can a server use these two? The certificate may be followed by those of its CAs.
 * Returns NULL; or why not, static, with *ret_is_key telling which of the two is to blame. */
const char *certificate_check_pair(const char *certificate_pem, const char *key_pem,
                                   bool *ret_is_key);

/* What the first certificate in pem says. Returns 0 or EINVAL. */
int certificate_describe(const char *pem, struct certificate_info *ret_info);

struct certificate_buffers {
    char *certificate_pem;
    size_t certificate_size;
    char *key_pem;
    size_t key_size;
};

/* Make a key (EC P-256) and a certificate signed by itself, good for ten years.
 *   names  host names and IP addresses, the first is the subject's; those over
 *          CERTIFICATE_MAX_NAME are left out
 * Returns 0, EMSGSIZE (does not fit) or ENOMEM; the buffers are then "". */
int certificate_make(const char *const names[], size_t count,
                     const struct certificate_buffers *buffers);

#endif
