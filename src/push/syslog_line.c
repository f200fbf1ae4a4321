/* SPDX-License-Identifier: MIT */
#include "push/syslog_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { FACILITY_LOCAL0 = 16 };

static void write_time(int64_t at_ms, int offset_min, char *buf, size_t size)
{
    time_t there = (time_t)(at_ms / 1000 + offset_min * 60LL);
    struct tm tm = {0};
    char day[32];

    (void)gmtime_r(&there, &tm);
    (void)strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
    (void)snprintf(buf, size, "%s.%03d%c%02d:%02d", day, (int)(at_ms % 1000),
                   offset_min < 0 ? '-' : '+', abs(offset_min) / 60, abs(offset_min) % 60);
}

size_t syslog_line_write(const struct syslog_text *text, int offset_min, const char *host,
                         const char *tag, char ret_line[SYSLOG_LINE_SIZE])
{
    char time[64];
    int len;

    write_time(text->at_ms, offset_min, time, sizeof(time));
    len = snprintf(ret_line, SYSLOG_LINE_SIZE, "<%u>%s %.64s %.48s %s",
                   FACILITY_LOCAL0 * 8 + text->severity, time, host, *tag ? tag : "portero",
                   text->text);
    return (size_t)len;
}
