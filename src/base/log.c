/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static _Atomic enum log_level max_level = LOG_LEVEL_INFO;
static _Atomic unsigned dropped;

static const struct {
    const char *name;
    const char *syslog_prefix;
} levels[] = {
    [LOG_LEVEL_ERROR] = {"error", "<3>"},
    [LOG_LEVEL_WARN] = {"warn", "<4>"},
    [LOG_LEVEL_INFO] = {"info", "<6>"},
    [LOG_LEVEL_DEBUG] = {"debug", "<7>"},
};

void log_set_level(enum log_level level)
{
    max_level = level;
}

int log_level_parse(const char *text, enum log_level *ret_level)
{
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (!strcmp(text, levels[i].name)) {
            *ret_level = (enum log_level)i;
            return 0;
        }
    }
    return EINVAL;
}

static size_t put_head(char *buf, size_t size, enum log_level level)
{
    struct timespec ts = {0};
    struct tm tm = {0};
    int n;

    if (getenv("JOURNAL_STREAM")) {
        n = snprintf(buf, size, "%s", levels[level].syslog_prefix);
    } else {
        (void)clock_gettime(CLOCK_REALTIME, &ts);
        (void)localtime_r(&ts.tv_sec, &tm);
        n = snprintf(buf, size, "%02d:%02d:%02d.%03ld %-5s ", tm.tm_hour, tm.tm_min, tm.tm_sec,
                     ts.tv_nsec / 1000000, levels[level].name);
    }
    return n > 0 ? (size_t)n : 0;
}

/* Two threads must not both count on the room that poll saw. */
static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;

/* One write of at most PIPE_BUF bytes after poll said there is room: whole and without
 * waiting, even if stderr is a pipe that nobody reads. */
static bool write_line(const char *line, size_t len)
{
    struct pollfd pfd = {.fd = STDERR_FILENO, .events = POLLOUT};
    bool is_written;

    (void)pthread_mutex_lock(&writing);
    is_written = poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLOUT) &&
                 write(STDERR_FILENO, line, len) == (ssize_t)len;
    (void)pthread_mutex_unlock(&writing);
    return is_written;
}

/* Say how many lines were lost, as soon as there is room for that. */
static void tell_dropped(void)
{
    char note[64];
    unsigned lost = atomic_exchange(&dropped, 0);
    int n;

    if (!lost)
        return;
    n = snprintf(note, sizeof(note), "log: %u lines were lost\n", lost);
    if (!write_line(note, (size_t)n))
        dropped += lost;
}

static void write_log(enum log_level level, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void write_log(enum log_level level, const char *fmt, va_list ap)
{
    char line[LOG_MAX_LINE + 1];
    size_t head, len;
    int n;

    if (level > max_level)
        return;
    tell_dropped();
    head = put_head(line, sizeof(line), level);
    n = vsnprintf(line + head, sizeof(line) - head, fmt, ap);
    if (n < 0)
        return;
    len = head + (size_t)n;
    if (len > LOG_MAX_LINE - 1)
        len = LOG_MAX_LINE - 1;
    for (size_t i = head; i < len; i++) {
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    }
    line[len++] = '\n';
    if (!write_line(line, len))
        dropped++;
}

#define DEFINE_LOG(name, level)                                                                    \
    void name(const char *fmt, ...)                                                                \
    {                                                                                              \
        va_list ap;                                                                                \
        va_start(ap, fmt);                                                                         \
        write_log(level, fmt, ap);                                                                 \
        va_end(ap);                                                                                \
    }

DEFINE_LOG(log_error, LOG_LEVEL_ERROR)
DEFINE_LOG(log_warn, LOG_LEVEL_WARN)
DEFINE_LOG(log_info, LOG_LEVEL_INFO)
DEFINE_LOG(log_debug, LOG_LEVEL_DEBUG)
