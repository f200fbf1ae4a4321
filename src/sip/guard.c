/* SPDX-License-Identifier: MIT */
/* guard.c - what stands between the network and the SIP library's parsers.
 *
 * libre 1.1 dates from 2020. The linker (--wrap) puts these functions in the place of the
 * library's own where the library itself calls them:
 *   sip_msg_decode  only sees what can be a SIP message at all, within limits; what names itself
 *                   twice is none: the library goes by the last Call-ID, others by the first
 *   stun_reply      nobody's STUN questions are answered on the SIP port
 *   re_fprintf      what the library prints on stderr goes to our log, at debug: it can be
 *                   provoked by strangers, so it must neither flood nor forge the log */
#include "sip/guard.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_list.h>
#include <re_mbuf.h>
#include <re_mem.h>
#include <re_msg.h>
#include <re_sa.h>
#include <re_stun.h>
#include <re_uri.h>
#include <re_sip.h>

#include "base/log.h"

int __real_sip_msg_decode(struct sip_msg **msgp, struct mbuf *mb);
int __wrap_sip_msg_decode(struct sip_msg **msgp, struct mbuf *mb);
int __wrap_stun_reply(int proto, void *sock, const struct sa *dst, size_t presz,
                      const struct stun_msg *req, const uint8_t *key, size_t keylen, bool fp,
                      uint32_t attrc, ...);
int __wrap_re_fprintf(FILE *stream, const char *fmt, ...);

/* The end of the header part, just behind the blank line; 0 if it is not there yet. */
static size_t header_len(const char *at, size_t len)
{
    for (size_t i = 0; i + 3 < len; i++) {
        if (at[i] == '\r' && at[i + 1] == '\n' && at[i + 2] == '\r' && at[i + 3] == '\n')
            return i + 4;
    }
    return 0;
}

/* A method is a token (RFC 3261 section 25.1) that begins with a letter. */
static bool is_method(const char *at, size_t len)
{
    if (!len || len > SIP_GUARD_MAX_METHOD || !isalpha((unsigned char)at[0]))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)at[i]) && !memchr("-.!%*_+`'~", at[i], 10))
            return false;
    }
    return true;
}

/* "SIP/2.0 200 ..." or "METHOD uri SIP/2.0". */
static bool is_start_line(const char *at, size_t len)
{
    const char *end = memchr(at, '\r', len);
    const char *blank;
    size_t line_len;

    if (!end)
        return false;
    line_len = (size_t)(end - at);
    if (line_len < 12 || line_len > SIP_GUARD_MAX_LINE)
        return false;
    if (!memcmp(at, "SIP/2.0 ", 8))
        return at[8] >= '1' && at[8] <= '6' && isdigit((unsigned char)at[9]) &&
               isdigit((unsigned char)at[10]) && at[11] == ' '; /* the parser takes any number */
    blank = memchr(at, ' ', line_len);
    /* With a third blank the parser would read a response: "OPTIONS 200 sip:a SIP/2.0". */
    return blank && is_method(at, (size_t)(blank - at)) && end - 8 > blank + 1 &&
           !memcmp(end - 8, " SIP/2.0", 8) &&
           !memchr(blank + 1, ' ', (size_t)(end - 8 - blank - 1));
}

int sip_guard_check(const char *text, size_t len)
{
    size_t headers = header_len(text, len < SIP_GUARD_MAX_HEADERS ? len : SIP_GUARD_MAX_HEADERS);
    unsigned lines = 0;
    size_t line_start = 0;

    if (!headers)
        return len < SIP_GUARD_MAX_HEADERS ? ENODATA : EBADMSG;
    if (!is_start_line(text, headers) || memchr(text, '\0', headers))
        return EBADMSG;
    for (size_t i = 0; i < headers; i++) {
        if (text[i] != '\n')
            continue;
        if (i - line_start > SIP_GUARD_MAX_LINE || ++lines > SIP_GUARD_MAX_LINES)
            return EBADMSG;
        line_start = i + 1;
    }
    return 0;
}

/* RFC 3261 section 7.3.1: only a header that is a list may come again. */
static bool has_one_of_each(const struct sip_msg *msg)
{
    static const enum sip_hdrid ids[] = {SIP_HDR_CALL_ID, SIP_HDR_CSEQ, SIP_HDR_FROM, SIP_HDR_TO,
                                         SIP_HDR_CONTENT_LENGTH};

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        if (sip_msg_hdr_count(msg, ids[i]) > 1)
            return false;
    }
    return true;
}

int __wrap_sip_msg_decode(struct sip_msg **msgp, struct mbuf *mb)
{
    int err;

    if (!msgp || !mb)
        return EINVAL;
    err = sip_guard_check((const char *)mbuf_buf(mb), mbuf_get_left(mb));
    if (!err)
        err = __real_sip_msg_decode(msgp, mb);
    if (!err && !has_one_of_each(*msgp)) {
        *msgp = mem_deref(*msgp);
        err = EBADMSG;
    }
    return err;
}

int __wrap_stun_reply(int proto, void *sock, const struct sa *dst, size_t presz,
                      const struct stun_msg *req, const uint8_t *key, size_t keylen, bool fp,
                      uint32_t attrc, ...)
{
    (void)proto;
    (void)sock;
    (void)dst;
    (void)presz;
    (void)req;
    (void)key;
    (void)keylen;
    (void)fp;
    (void)attrc;
    return 0;
}

int __wrap_re_fprintf(FILE *stream, const char *fmt, ...)
{
    char line[256];
    va_list ap;

    (void)stream;
    va_start(ap, fmt);
    (void)re_vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    log_debug("libre: %s", line);
    return 0;
}
