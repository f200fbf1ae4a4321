/* SPDX-License-Identifier: MIT */
/* log.h - the log on stderr, one line a call. Any thread. Never blocks: a line that
 * does not fit into a full pipe is dropped and counted. Never give it a secret. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Longest line; the rest is cut. */
enum { LOG_MAX_LINE = 1000 };

/* Lines above this level are not written. Default LOG_LEVEL_INFO. */
void log_set_level(enum log_level level);

/* "error", "warn", "info" or "debug" to its level. Returns 0 or EINVAL. */
int log_level_parse(const char *text, enum log_level *ret_level);

/* Control characters in the result are written as '?', so that nobody can forge a line.
 * Under systemd each line begins with its <N> level, else with the local time. */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
