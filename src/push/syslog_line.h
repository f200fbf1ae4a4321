/* SPDX-License-Identifier: MIT */
/* syslog_line.h - one event as the line that syslog receivers of the field read:
 * <PRI>TIME HOST APP EVENT:... It is RFC 5424 without its version digit and what stands between the
 * name of the program and the message. Pure function. */
#ifndef PUSH_SYSLOG_LINE_H
#define PUSH_SYSLOG_LINE_H

#include <stddef.h>

#include "push/syslog_text.h"

enum { SYSLOG_LINE_SIZE = 1024 }; /* of any line, with a NUL */

/*   offset_min  the time is written with, timezone_offset_min
 *   host        our address as the receiver sees it; at most 64 characters
 *   tag         the name of the program; "": "portero"; at most 48 characters
 * No line end. Returns the length. */
size_t syslog_line_write(const struct syslog_text *text, int offset_min, const char *host,
                         const char *tag, char ret_line[SYSLOG_LINE_SIZE]);

#endif
