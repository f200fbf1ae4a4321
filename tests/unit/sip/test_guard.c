/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_list.h>
#include <re_mbuf.h>
#include <re_mem.h>
#include <re_msg.h>
#include <re_sa.h>
#include <re_uri.h>
#include <re_sip.h>

#include "sip/guard.h"

static int check(const char *text, size_t len)
{
    /* Exactly as long as the text: a byte too far shows. */
    char *copy = malloc(len ? len : 1);
    int err;

    assert_non_null(copy);
    memcpy(copy, text, len);
    err = sip_guard_check(copy, len);
    free(copy);
    return err;
}

static const char good[] = "SIP/2.0 200 OK\r\n"
                           "Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1\r\n"
                           "Content-Length: 0\r\n\r\n";

static void test_table(void **state)
{
    static const struct {
        const char *text;
        int err;
    } cases[] = {
        {good, 0},
        {"SIP/2.0 200 \r\n\r\n", 0},
        {"SIP/2.0 401 Unauthorized\r\nA: b\r\n\r\nbody\r\n\r\n", 0},
        {"OPTIONS sip:a@b SIP/2.0\r\nA: b\r\n\r\n", 0},
        {"x-y.z!%*_+`'~ sip:a SIP/2.0\r\n\r\n", 0},
        {"ABCDEFGHIJABCDEFGHIJABCDEFGHIJAB sip:a SIP/2.0\r\n\r\n", 0}, /* 32 */

        {"", ENODATA},
        {"\r\n", ENODATA},
        {"OPTIONS", ENODATA},
        {"OPTIONS sip:a@b SIP/2.0\r\nA: b\r\n", ENODATA},
        {"OPTIONS sip:a@b SIP/2.0\nA: b\n\n", ENODATA}, /* bare line feeds: no blank line */

        {"\r\n\r\n", EBADMSG},
        {"\r\n\r\nOPTIONS sip:a SIP/2.0\r\n\r\n", EBADMSG},
        {"SIP/2.0 2x0 OK\r\n\r\n", EBADMSG},
        {"SIP/2.0 20\r\n\r\n", EBADMSG},
        {"SIP/2.0 099 Early\r\n\r\n", EBADMSG},
        {"SIP/2.0 700 Late\r\n\r\n", EBADMSG},
        {"SIP/2.0 2000 OK\r\n\r\n", EBADMSG},
        {"SIP/2.0 4294967295 OK\r\n\r\n", EBADMSG},
        {"SIP/3.0 200 OK\r\n\r\n", EBADMSG},
        {"OPTIONS sip:a@b SIP/3.0\r\n\r\n", EBADMSG},
        {"OPTIONS sip:a@bSIP/2.0\r\n\r\n", EBADMSG},
        {"OPTIONSsip:a@b\r\n\r\n", EBADMSG},
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", EBADMSG},
        {" OPTIONS sip:a SIP/2.0\r\n\r\n", EBADMSG},
        {"1PTIONS sip:a SIP/2.0\r\n\r\n", EBADMSG},
        {"\xc3\xa9PTIONS sip:a SIP/2.0\r\n\r\n", EBADMSG},
        {"ABCDEFGHIJABCDEFGHIJABCDEFGHIJABC sip:a SIP/2.0\r\n\r\n", EBADMSG},
        {"OPT\x01ONS sip:a SIP/2.0\r\n\r\n", EBADMSG},
        {"OPT\"ONS sip:a SIP/2.0\r\n\r\n", EBADMSG},
        {"OPT<ONS sip:a SIP/2.0\r\n\r\n", EBADMSG},
        {"OPT\xffONS sip:a SIP/2.0\r\n\r\n", EBADMSG},
        {"OPTIONS SIP/2.0\r\n\r\n", EBADMSG},
        {"OPTIONS  SIP/2.0\r\n\r\n", EBADMSG},
        {"OPTIONS 200 sip:a SIP/2.0\r\n\r\n", EBADMSG},
        {"OPTIONS sip:a  SIP/2.0\r\n\r\n", EBADMSG},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int err = check(cases[i].text, strlen(cases[i].text));

        if (err != cases[i].err)
            fail_msg("%d, not %d: %s", err, cases[i].err, cases[i].text);
    }
}

static void test_no_nul_in_the_headers(void **state)
{
    static const char in_header[] = "OPTIONS sip:a SIP/2.0\r\nA: b\0c\r\n\r\n";
    static const char in_line[] = "OPTIONS sip:a\0b SIP/2.0\r\n\r\n";
    static const char in_body[] = "OPTIONS sip:a SIP/2.0\r\nA: b\r\n\r\n\0\0";

    (void)state;
    assert_int_equal(check(in_header, sizeof(in_header) - 1), EBADMSG);
    assert_int_equal(check(in_line, sizeof(in_line) - 1), EBADMSG);
    assert_int_equal(check(in_body, sizeof(in_body) - 1), 0);
}

static void test_length_of_a_line(void **state)
{
    static char text[SIP_GUARD_MAX_LINE + 200];

    (void)state;
    for (int extra = -2; extra <= 2; extra++) {
        size_t len = 0;

        len += (size_t)snprintf(text, sizeof(text), "OPTIONS sip:a SIP/2.0\r\nA: ");
        memset(text + len, 'x', (size_t)(SIP_GUARD_MAX_LINE - 4 + extra));
        len += (size_t)(SIP_GUARD_MAX_LINE - 4 + extra);
        memcpy(text + len, "\r\n\r\n", 4);
        assert_int_equal(check(text, len + 4), extra > 0 ? EBADMSG : 0);
    }
    for (int extra = -2; extra <= 2; extra++) {
        size_t len = 0;

        len += (size_t)snprintf(text, sizeof(text), "OPTIONS sip:");
        memset(text + len, 'x', (size_t)(SIP_GUARD_MAX_LINE - 20 + extra));
        len += (size_t)(SIP_GUARD_MAX_LINE - 20 + extra);
        memcpy(text + len, " SIP/2.0\r\n\r\n", 12);
        assert_int_equal(check(text, len + 12), extra >= 0 ? EBADMSG : 0);
    }
}

static void test_number_of_lines(void **state)
{
    static char text[SIP_GUARD_MAX_HEADERS];

    (void)state;
    for (unsigned lines = SIP_GUARD_MAX_LINES - 2; lines <= SIP_GUARD_MAX_LINES + 2; lines++) {
        size_t len = (size_t)snprintf(text, sizeof(text), "OPTIONS sip:a SIP/2.0\r\n");

        for (unsigned i = 2; i < lines; i++) /* besides the first and the blank one */
            len += (size_t)snprintf(text + len, sizeof(text) - len, "A: b\r\n");
        len += (size_t)snprintf(text + len, sizeof(text) - len, "\r\n");
        assert_int_equal(check(text, len), lines > SIP_GUARD_MAX_LINES ? EBADMSG : 0);
    }
}

static void test_length_of_all_headers(void **state)
{
    static char text[2 * SIP_GUARD_MAX_HEADERS];
    size_t len;

    (void)state;
    for (int extra = -1; extra <= 1; extra++) {
        size_t wanted = (size_t)(SIP_GUARD_MAX_HEADERS + extra);

        len = (size_t)snprintf(text, sizeof(text), "OPTIONS sip:a SIP/2.0\r\n");
        while (len + 1000 < wanted)
            len += (size_t)snprintf(text + len, sizeof(text) - len, "A: %0500d\r\n", 0);
        len += (size_t)snprintf(text + len, sizeof(text) - len, "B: %0*d\r\n\r\n",
                                (int)(wanted - len - 7), 0);
        assert_int_equal(len, wanted);
        assert_int_equal(check(text, len), extra > 0 ? EBADMSG : 0);
    }
    memset(text, 'x', sizeof(text)); /* a stream that never ends its headers */
    assert_int_equal(check(text, SIP_GUARD_MAX_HEADERS - 1), ENODATA);
    assert_int_equal(check(text, SIP_GUARD_MAX_HEADERS), EBADMSG);
    assert_int_equal(check(text, sizeof(text)), EBADMSG);
}

static void test_every_truncation(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof(good) - 1; len++)
        assert_int_equal(check(good, len), ENODATA);
    assert_int_equal(check(good, sizeof(good) - 1), 0);
}

#define ONCE                                                                                       \
    "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"                    \
    "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"

/* Does the library get to see it? */
static bool is_decoded(const char *text)
{
    struct mbuf *mb = mbuf_alloc(strlen(text));
    struct sip_msg *msg = NULL;
    int err;

    assert_non_null(mb);
    assert_int_equal(mbuf_write_str(mb, text), 0);
    mb->pos = 0;
    err = sip_msg_decode(&msg, mb);
    assert_int_equal(err, msg ? 0 : EBADMSG);
    mem_deref(msg);
    mem_deref(mb);
    return !err;
}

static void test_what_may_come_again(void **state)
{
    static const char *const lists[] = {"Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK2\r\n",
                                        "Contact: <sip:a@b>\r\nContact: <sip:c@d>\r\n",
                                        "Route: <sip:a@b>\r\nRoute: <sip:c@d>\r\n",
                                        "Content-Length: 0\r\n", ""};
    static const char *const names[] = {"Call-ID: 2\r\n",
                                        "i: 1\r\n",
                                        "call-id\t: 1\r\n",
                                        "CSeq: 2 OPTIONS\r\n",
                                        "From: <sip:c@d>;tag=2\r\n",
                                        "f: <sip:c@d>;tag=2\r\n",
                                        "To: <sip:c@d>;tag=2\r\n",
                                        "t: <sip:a@b>\r\n",
                                        "Content-Length: 0\r\nl: 5\r\n"};
    char text[1024];

    (void)state;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        (void)snprintf(text, sizeof(text), ONCE "%s\r\n", lists[i]);
        assert_true(is_decoded(text));
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)snprintf(text, sizeof(text), ONCE "%s\r\n", names[i]);
        if (is_decoded(text))
            fail_msg("taken: %s", names[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_no_nul_in_the_headers),
        cmocka_unit_test(test_length_of_a_line),
        cmocka_unit_test(test_number_of_lines),
        cmocka_unit_test(test_length_of_all_headers),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_what_may_come_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
