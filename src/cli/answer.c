/* SPDX-License-Identifier: MIT */
#include "cli/answer.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { NO_LENGTH = -1 };

/* What the headers say of the body. */
struct framing {
    bool is_chunked;
    long length; /* NO_LENGTH: not told */
};

/* A number of digits only, up to ANSWER_MAX_BYTES. base: 10 or 16. Returns NO_LENGTH if it is none;
 * *ret_end is behind the digits. */
static long read_number(const char *text, int base, const char **ret_end)
{
    static const char digits[] = "0123456789abcdef";
    long number = 0;
    const char *at = text;

    for (;; at++) {
        const char *digit = *at ? strchr(digits, *at | 0x20) : NULL;

        if (!digit || digit - digits >= base)
            break;
        number = number * base + (digit - digits);
        if (number > ANSWER_MAX_BYTES)
            return NO_LENGTH;
    }
    *ret_end = at;
    return at == text ? NO_LENGTH : number;
}

/* "HTTP/1.1 200 OK" */
static int read_status(const char *line)
{
    const char *end;
    long status;

    if (strncmp(line, "HTTP/1.", 7) != 0 || !line[7] || line[8] != ' ')
        return 0;
    status = read_number(line + 9, 10, &end);
    return status < 100 || status > 999 || (*end && *end != ' ') ? 0 : (int)status;
}

/* The value if line is that header; NULL otherwise. */
static const char *header_value(const char *line, const char *name)
{
    size_t len = strlen(name);

    if (strncasecmp(line, name, len) != 0 || line[len] != ':')
        return NULL;
    line += len + 1;
    return line + strspn(line, " \t");
}

static int read_header(const char *line, struct framing *framing)
{
    const char *value = header_value(line, "Content-Length");
    const char *end;

    if (value) {
        framing->length = read_number(value, 10, &end);
        return framing->length == NO_LENGTH || *end ? EBADMSG : 0;
    }
    value = header_value(line, "Transfer-Encoding");
    if (!value)
        return 0;
    framing->is_chunked = true;
    return strcasecmp(value, "chunked") == 0 ? 0 : EBADMSG;
}

/* Ends the line that begins at *at with a NUL and moves *at behind it. NULL: it has no end. */
static char *next_line(char **at, const char *data_end)
{
    char *line = *at;
    char *end = memchr(line, '\n', (size_t)(data_end - line));

    if (!end)
        return NULL;
    *at = end + 1;
    if (end > line && end[-1] == '\r')
        end--;
    *end = '\0';
    return memchr(line, '\0', (size_t)(*at - line)) == end ? line : NULL; /* no NUL within it */
}

/* Move the chunks together. Returns 0 or EBADMSG. */
static int unchunk(char *at, const char *data_end, struct answer *answer)
{
    char *to = answer->body = at;

    for (;;) {
        const char *end;
        const char *line = next_line(&at, data_end);
        long len = line ? read_number(line, 16, &end) : NO_LENGTH;

        if (len == NO_LENGTH || (*end && *end != ';'))
            return EBADMSG;
        if (len == 0)
            break; /* trailers are of no interest */
        if (data_end - at < len + 2)
            return EBADMSG;
        memmove(to, at, (size_t)len);
        to += len;
        at += len;
        line = next_line(&at, data_end);
        if (!line || *line)
            return EBADMSG;
    }
    answer->body_len = (size_t)(to - answer->body);
    *to = '\0';
    return 0;
}

int answer_parse(char *data, size_t len, struct answer *ret_answer)
{
    struct framing framing = {.length = NO_LENGTH};
    const char *data_end = data + len;
    char *at = data;
    char *line;

    data[len] = '\0';
    line = next_line(&at, data_end);
    ret_answer->status = line ? read_status(line) : 0;
    if (!ret_answer->status)
        return EBADMSG;
    do {
        line = next_line(&at, data_end);
        if (!line || read_header(line, &framing))
            return EBADMSG;
    } while (*line);
    if (framing.is_chunked)
        return unchunk(at, data_end, ret_answer);
    if (framing.length != NO_LENGTH && framing.length > data_end - at)
        return EBADMSG;
    ret_answer->body = at;
    ret_answer->body_len =
        framing.length == NO_LENGTH ? (size_t)(data_end - at) : (size_t)framing.length;
    at[ret_answer->body_len] = '\0';
    return 0;
}
