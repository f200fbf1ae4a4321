/* SPDX-License-Identifier: MIT */
/* A message on its way into the trace: what comes out is printable and within its bound, and a
 * secret planted behind it does not come out, whatever the lines before it are. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "sip/trace.h"

#define SECRET "5ecre7"

enum { MAX_TEXT = 16 * 1024 };

static void check_output(const char *text)
{
    size_t len = strnlen(text, TRACE_MAX_TEXT + 1);

    fuzz_must(len <= TRACE_MAX_TEXT);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        fuzz_must((c >= 0x20 && c < 0x7f) || c == '\t' || c == '\r' || c == '\n');
    }
}

/* A whole message around the secret, with the input wherever a message is free. */
static void check_planted(const uint8_t *data, size_t size)
{
    static const char *const plants[] = {
        "Authorization: Digest username=\"101\", response=\"" SECRET "\"\r\n",
        "Proxy-Authorization: Digest response=" SECRET ", realm=\"a\"\r\n",
        "authorization:\r\n Digest realm=\"a\",\r\n\tresponse=\"" SECRET "\"\r\n",
        "Authorization: Basic " SECRET "\r\n",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" SECRET "\r\n",
        "k=clear:" SECRET "\r\n",
    };
    static char message[MAX_TEXT], text[TRACE_MAX_TEXT + 1];

    for (size_t i = 0; i < sizeof(plants) / sizeof(plants[0]); i++) {
        int len = snprintf(message, sizeof(message), "REGISTER sip:a SIP/2.0\r\n%.*s\r\n%s",
                           size < 1000 ? (int)size : 1000, (const char *)data, plants[i]);

        if (len > 0 && (size_t)len < sizeof(message)) {
            trace_redact(message, (size_t)len, text);
            fuzz_must(!strstr(text, SECRET));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[TRACE_MAX_TEXT + 1];

    trace_redact((const char *)data, size, text);
    check_output(text);
    if (!memmem(data, size, SECRET, strlen(SECRET)))
        check_planted(data, size);
    return 0;
}
