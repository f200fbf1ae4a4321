/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "sip/trace.h"

#define HASH "6629fae49393a05397450978507c4ef1" /* what nobody may read */

static char out[TRACE_MAX_TEXT + 1];

/* From memory of just the text's size, so that a look beyond its end is found. */
static const char *redact_bytes(const char *text, size_t len)
{
    char *copy = test_malloc(len + 1);

    memcpy(copy, text, len);
    copy[len] = '#'; /* no NUL ends it */
    memset(out, '~', sizeof(out));
    trace_redact(copy, len, out);
    test_free(copy);
    assert_non_null(memchr(out, '\0', sizeof(out)));
    return out;
}

static const char *redact(const char *text)
{
    return redact_bytes(text, strlen(text));
}

static void test_what_is_no_secret_stays(void **state)
{
    static const char text[] =
        "REGISTER sip:pbx.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKresponse\r\n"
        "WWW-Authenticate: Digest realm=\"r\", nonce=\"" HASH "\", opaque=\"response\"\r\n"
        "Subject: the Authorization: of k=1\r\nContent-Length: 0\r\n\r\n"
        "v=0\r\na=rtpmap:0 PCMU/8000\r\nb=AS:64\r\n";

    (void)state;
    assert_string_equal(redact(text), text);
    assert_string_equal(redact(""), "");
}

static void test_digest_responses(void **state)
{
    static const struct {
        const char *line, *shown;
    } cases[] = {
        {"Authorization: Digest username=\"101\", response=\"" HASH "\", algorithm=MD5\r\n",
         "Authorization: Digest username=\"101\", response=(cut), algorithm=MD5\r\n"},
        {"Proxy-Authorization: Digest response=\"" HASH "\"\r\n",
         "Proxy-Authorization: Digest response=(cut)\r\n"},
        {"authorization:digest RESPONSE=" HASH ",nc=1\r\n",
         "authorization:digest RESPONSE=(cut),nc=1\r\n"},
        {"Authorization: Digest response=" HASH "\r\n", "Authorization: Digest response=(cut)\r\n"},
        {"Authorization: Digest response=\"" HASH, "Authorization: Digest response=(cut)"},
        {"Authorization: Digest response=", "Authorization: Digest response=(cut)"},
        {"Authorization: Digest response=\"\r\n", "Authorization: Digest response=(cut)\r\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(redact(cases[i].line), cases[i].shown);
}

/* Whatever the line looks like: what is left holds none of it. */
static void test_hard_to_read_credentials(void **state)
{
    static const char *const lines[] = {
        /* folded, at each place where one may fold */
        "Authorization:\r\n Digest username=\"101\",\r\n response=\"" HASH "\"\r\n",
        "Authorization: Digest username=\"101\", response=\r\n\t\"" HASH "\"\r\n",
        "Authorization: Digest username=\"101\", response\r\n =\"" HASH "\"\r\n",
        "Authorization\t: Digest response=\"" HASH "\"\r\n",
        "Authorization : Basic " HASH "\r\n",
        "Authorization: Digest response = \"" HASH "\"\r\n",
        "Authorization: Digest\r\n\tresponse=\"" HASH "\"\r\n",
        "Authorization: Digest response=\"" HASH "\"\n",
        /* user names */
        "Authorization: Digest username=\"response=\", response=\"" HASH "\"\r\n",
        "Authorization: Digest username=\"a response=\", response=\"" HASH "\"\r\n",
        "Authorization: Digest username=\"response=\\\"\", response=\"" HASH "\"\r\n",
        "Authorization: Digest username=\"response=x\", response=\"" HASH "\"\r\n",
        "Authorization: Digest username=\"response=\"x\", response=\"" HASH "\"\r\n",
        "Authorization: Digest username=\"x\\\", response=\", response=\"" HASH "\"\r\n",
        "Authorization: Digest username=\"x, response=\\\"y\\\"\", response=\"" HASH "\"\r\n",
        "Authorization: Digest username=response=,response=" HASH "\r\n",
        "Authorization: Digest username=\"response\", response=\"" HASH "\"\r\n",
        "Authorization: Digest response=\"1\", response=\"" HASH "\"\r\n",
        /* not digest */
        "Authorization: Basic " HASH "\r\n",
        "Proxy-Authorization: Bearer " HASH "\r\n",
        "Authorization: Bearer\r\n " HASH "\r\n",
        "Authorization: " HASH "\r\n",
        "Authorization:" HASH,
        "Authorization: Basic digest " HASH "\r\n",
        "Authorization: Basic response=x digestive " HASH "\r\n",
        "Authorization: Basic response=x digest " HASH "\r\n",
        /* the server's proof is made from the password, too */
        "Authentication-Info: qop=auth, rspauth=\"" HASH "\", cnonce=\"c\"\r\n",
        "Proxy-Authentication-Info: rspauth=" HASH "\r\n",
        /* keys in SDP */
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" HASH "|2^20|1:4\r\n",
        "A=CRYPTO:1 AES_CM_128_HMAC_SHA1_80 INLINE:" HASH ";inline:" HASH "\r\n",
        "a=crypto:" HASH "\r\n",
        "k=base64:" HASH "\r\n",
        "k=" HASH,
    };
    char message[1000];

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        (void)snprintf(message, sizeof(message), "OPTIONS x SIP/2.0\r\n%sTo: y\r\n", lines[i]);
        (void)redact(message);
        if (strstr(out, "29fae4") || strstr(out, "4ef1"))
            fail_msg("%s is shown as %s", message, out);
        if (!strstr(out, "(cut)"))
            fail_msg("%s lost its mark: %s", message, out);
        assert_int_equal(strncmp(out, "OPTIONS x SIP/2.0\r\n", 19), 0);
        if (strchr(lines[i], '\n'))
            assert_string_equal(out + strlen(out) - 7, "To: y\r\n");
    }
}

static void test_keys_in_sdp(void **state)
{
    (void)state;
    assert_string_equal(
        redact("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" HASH "|2^20\r\na=sendrecv\r\n"),
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:(cut)\r\na=sendrecv\r\n");
    assert_string_equal(redact("k=clear:" HASH "\r\nm=audio\r\n"), "k=(cut)\r\nm=audio\r\n");
}

static void test_keys_typed(void **state)
{
    static const char *const types[] = {
        "Content-Type: application/dtmf-relay\r\n",
        "content-type : Application/DTMF\r\n",
        "c: application/dtmf\r\n",
        "C:application/dtmf-relay;x=y\r\n",
        "Content-Type:\r\n application/dtmf\r\n",
    };
    char message[200], expected[200];

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        (void)snprintf(message, sizeof(message), "INFO x SIP/2.0\r\n%s\r\nSignal=7\r\n\r\n7",
                       types[i]);
        (void)snprintf(expected, sizeof(expected), "INFO x SIP/2.0\r\n%s\r\n(cut)\r\n", types[i]);
        assert_string_equal(redact(message), expected);
    }
    assert_string_equal(redact("INFO x SIP/2.0\r\nContent-Type: a/b\r\n\r\ndtmf\r\n\r\nc=7"),
                        "INFO x SIP/2.0\r\nContent-Type: a/b\r\n\r\ndtmf\r\n\r\nc=7");
}

static void test_what_is_not_printable(void **state)
{
    static const char text[] = "a\0b\x01\x1b[31m\x7f\x80\xff\tc\r\nd";
    static const char secret[] = "Authorization: Digest response=\"\0" HASH "\", nc=1";

    (void)state;
    assert_string_equal(redact_bytes(text, sizeof(text) - 1), "a?b??[31m???\tc\r\nd");
    assert_string_equal(redact_bytes(secret, sizeof(secret) - 1),
                        "Authorization: Digest response=(cut), nc=1");
}

static void test_cut_at_its_size(void **state)
{
    static char text[3 * TRACE_MAX_TEXT];

    (void)state;
    for (size_t len = TRACE_MAX_TEXT - 1; len <= TRACE_MAX_TEXT + 1; len++) {
        memset(text, 'x', len);
        (void)redact_bytes(text, len);
        assert_int_equal(strlen(out), len < TRACE_MAX_TEXT ? len : TRACE_MAX_TEXT);
    }
    /* no secret slips through where the cut falls */
    for (size_t before = TRACE_MAX_TEXT - 80; before <= TRACE_MAX_TEXT; before++) {
        int n = snprintf(text, sizeof(text), "X: %0*d\r\nAuthorization: Digest response=\"%s\"\r\n",
                         (int)before - 5, 0, HASH);

        (void)redact_bytes(text, (size_t)n);
        assert_int_equal(strlen(out) <= TRACE_MAX_TEXT, 1);
        assert_null(strstr(out, "6629"));
        assert_null(strstr(out, "\"6"));
    }
    memset(text, '\n', sizeof(text));
    (void)redact_bytes(text, sizeof(text));
    assert_int_equal(strlen(out), TRACE_MAX_TEXT);
}

/* ---- the ring ---- */

struct shown {
    unsigned n;
    unsigned first; /* the number expected at first */
};

static void on_number(const struct trace_entry *entry, void *arg)
{
    struct shown *shown = arg;
    char text[40], peer[40];

    (void)snprintf(text, sizeof(text), "message %u\r\n", shown->first + shown->n);
    (void)snprintf(peer, sizeof(peer), "192.0.2.1:%u", shown->first + shown->n);
    assert_string_equal(entry->text, text);
    assert_string_equal(entry->peer, peer);
    assert_int_equal(entry->at_ms, 1000ll * (shown->first + shown->n));
    assert_int_equal(entry->is_sent, (shown->first + shown->n) % 2);
    assert_string_equal(entry->transport, (shown->first + shown->n) % 3 ? "udp" : "tls");
    shown->n++;
}

static void add_number(struct trace *trace, unsigned i)
{
    char text[40], peer[40], transport[4];
    struct trace_entry entry = {
        .at_ms = 1000ll * i, .is_sent = i % 2, .transport = transport, .peer = peer, .text = text};

    (void)snprintf(transport, sizeof(transport), "%s", i % 3 ? "udp" : "tls");
    (void)snprintf(peer, sizeof(peer), "192.0.2.1:%u", i);
    trace_add(trace, &entry, (size_t)snprintf(text, sizeof(text), "message %u\r\n", i));
    memset(text, 0x5a, sizeof(text)); /* all is copied */
    memset(peer, 0x5a, sizeof(peer));
    memset(transport, 0x5a, sizeof(transport));
}

static void test_the_last_ones_oldest_first(void **state)
{
    struct trace *trace = NULL;

    (void)state;
    assert_int_equal(trace_new(&trace), 0);
    for (unsigned n = 0; n <= 2 * TRACE_MAX_MESSAGES + 3; n++) {
        unsigned kept = n < TRACE_MAX_MESSAGES ? n : TRACE_MAX_MESSAGES;
        struct shown shown = {.first = n - kept};

        trace_show(trace, on_number, &shown);
        assert_int_equal(shown.n, kept);
        add_number(trace, n);
    }
    assert_null(trace_free(trace));
    assert_null(trace_free(NULL));
}

static void on_one(const struct trace_entry *entry, void *arg)
{
    (void)snprintf(arg, sizeof(out), "%s %s %s", entry->transport, entry->peer, entry->text);
}

static void test_what_is_kept_is_redacted_and_bounded(void **state)
{
    static char peer[2 * TRACE_MAX_PEER];
    struct trace_entry entry = {
        .transport = "transport",
        .peer = peer,
        .text = "Authorization: Digest response=\"" HASH "\"\r\nbeyond",
    };
    struct trace *trace = NULL;
    char want[2 * TRACE_MAX_PEER];

    (void)state;
    memset(peer, 'p', sizeof(peer) - 1);
    assert_int_equal(trace_new(&trace), 0);
    trace_add(trace, &entry, strlen(entry.text) - strlen("beyond"));
    trace_show(trace, on_one, out);
    (void)snprintf(want, sizeof(want), "tra %.*s Authorization: Digest response=(cut)\r\n",
                   TRACE_MAX_PEER - 1, peer);
    assert_string_equal(out, want);
    trace_free(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_no_secret_stays),
        cmocka_unit_test(test_digest_responses),
        cmocka_unit_test(test_hard_to_read_credentials),
        cmocka_unit_test(test_keys_in_sdp),
        cmocka_unit_test(test_keys_typed),
        cmocka_unit_test(test_what_is_not_printable),
        cmocka_unit_test(test_cut_at_its_size),
        cmocka_unit_test(test_the_last_ones_oldest_first),
        cmocka_unit_test(test_what_is_kept_is_redacted_and_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
