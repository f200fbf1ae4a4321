/* SPDX-License-Identifier: MIT */
/* trace.h - the last SIP messages, in memory, with the secrets cut out. Loop thread only. */
#ifndef SIP_TRACE_H
#define SIP_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trace;

enum { TRACE_MAX_MESSAGES = 200, TRACE_MAX_TEXT = 4096, TRACE_MAX_PEER = 64 };

/* Valid for the time of the call that shows it. */
struct trace_entry {
    int64_t at_ms; /* Unix time */
    bool is_sent;
    const char *transport; /* "udp", "tcp", "tls" */
    const char *peer;      /* "192.0.2.1:5060" */
    const char *text;      /* the message, printable; cut at TRACE_MAX_TEXT */
};

/* Returns 0 or ENOMEM; caller owns *ret_trace. */
int trace_new(struct trace **ret_trace);
struct trace *trace_free(struct trace *trace);

/* Remember one message; the oldest goes. text need not end with a NUL. What no memory is left
 * for is not remembered. */
void trace_add(struct trace *trace, const struct trace_entry *entry, size_t text_len);

typedef void trace_show_fn(const struct trace_entry *entry, void *arg);

/* Show all, oldest first. */
void trace_show(const struct trace *trace, trace_show_fn *show, void *arg);

/* Copy text to buf (TRACE_MAX_TEXT + 1), cutting out what would help to find a password (the
 * response of credentials, keys in SDP) and what is not printable. Pure, any thread. */
void trace_redact(const char *text, size_t len, char *buf);

#endif
