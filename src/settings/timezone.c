/* SPDX-License-Identifier: MIT */
#include "settings/timezone.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { MIN_MIN = -12 * 60 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Returns false if text is not good. */
static bool parse(const char *text, int *ret_min)
{
    static const char both[] = "\u00b1";
    bool is_both = strncmp(text + 3, both, strlen(both)) == 0;
    const char *digits;
    int minutes;

    *ret_min = 0;
    if (strcmp(text, "UTC") == 0)
        return true;
    if (!is_both && text[3] != '+' && text[3] != '-')
        return false;
    digits = text + 3 + (is_both ? strlen(both) : 1);
    if (strlen(digits) != 5 || digits[2] != ':' || !is_digit(digits[0]) || !is_digit(digits[1]) ||
        !is_digit(digits[3]) || !is_digit(digits[4]) || digits[3] > '5')
        return false;
    minutes =
        ((digits[0] - '0') * 10 + digits[1] - '0') * 60 + (digits[3] - '0') * 10 + digits[4] - '0';
    *ret_min = text[3] == '-' ? -minutes : minutes;
    return is_both ? minutes == 0 : *ret_min >= MIN_MIN && *ret_min <= TIMEZONE_MAX_MIN;
}

const char *timezone_check(const char *text)
{
    int ignored;

    return strncmp(text, "UTC", 3) == 0 && parse(text, &ignored)
               ? NULL
               : "must be UTC, or UTC+HH:MM or UTC-HH:MM from -12:00 to +14:00";
}

int timezone_offset_min(const char *text)
{
    int minutes = 0;

    return strncmp(text, "UTC", 3) == 0 && parse(text, &minutes) ? minutes : 0;
}

void timezone_show(const char *zone, long long unix_s, char ret_text[TIMEZONE_TEXT_SIZE])
{
    int minutes = timezone_offset_min(zone);
    unsigned size = (unsigned)(minutes < 0 ? -minutes : minutes);
    time_t there = (time_t)(unix_s + minutes * 60LL);
    struct tm tm = {0};
    size_t len;

    (void)gmtime_r(&there, &tm);
    len = strftime(ret_text, TIMEZONE_TEXT_SIZE, "%Y-%m-%d %H:%M:%S UTC", &tm);
    if (len && size)
        (void)snprintf(ret_text + len, TIMEZONE_TEXT_SIZE - len, "%c%02u:%02u",
                       minutes < 0 ? '-' : '+', size / 60 % 100, size % 60);
    if (!len)
        ret_text[0] = '\0';
}
