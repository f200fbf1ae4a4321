/* SPDX-License-Identifier: MIT */
/* gnutls_late.h - GnuTLS, which the HTTP library speaks TLS with, loaded when HTTPS is first
 * wanted. It brings nine libraries along: with HTTPS off a start would wait for them for nothing.
 * The HTTP library is linked as an archive; gnutls_late.c defines each gnutls_*() that it or a
 * file of ours calls, and passes the call on. So nothing else of GnuTLS can be called: a further
 * function is a further line there, and until then the program does not link.
 * Loop thread only. */
#ifndef HTTP_GNUTLS_LATE_H
#define HTTP_GNUTLS_LATE_H

/* Load it, unless it is loaded. Before that returns 0 no gnutls_*() may be called, but
 * gnutls_global_init and gnutls_global_deinit, which do nothing: GnuTLS sees to itself. Reads files
 * the first time. Returns 0 or ELIBACC: it is not there or too old; why is in the log. */
int gnutls_late_load(void);

#endif
