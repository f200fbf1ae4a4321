/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sip/explain.h"
#include "sip/registration.h"

static char buf[300];

static void test_unreachable(void **state)
{
    static const struct {
        int err;
        enum sip_transport transport;
        const char *text;
    } cases[] = {
        {ETIMEDOUT, SIP_TRANSPORT_UDP, "no answer from 192.0.2.1:5060 in 4 s"},
        {ETIMEDOUT, SIP_TRANSPORT_TLS, "no answer from 192.0.2.1:5060 in 4 s"},
        {ETIME, SIP_TRANSPORT_TCP, "no TCP connection with 192.0.2.1:5060 in 4 s"},
        {ETIME, SIP_TRANSPORT_TLS, "no TLS handshake with 192.0.2.1:5060 in 4 s"},
        {ECONNABORTED, SIP_TRANSPORT_TCP,
         "nothing that we sent to 192.0.2.1:5060 has arrived for 10 s"},
        {ECONNREFUSED, SIP_TRANSPORT_UDP,
         "192.0.2.1:5060 refuses udp connections: is the server running?"},
        {ECONNREFUSED, SIP_TRANSPORT_TCP,
         "192.0.2.1:5060 refuses tcp connections: is the server running?"},
        {ECONNREFUSED, SIP_TRANSPORT_TLS,
         "192.0.2.1:5060 refuses tls connections: is the server running?"},
        {ECONNRESET, SIP_TRANSPORT_TCP, "192.0.2.1:5060 closed the connection"},
        {EPIPE, SIP_TRANSPORT_TCP, "192.0.2.1:5060 closed the connection"},
        {ENETUNREACH, SIP_TRANSPORT_UDP, "no route to 192.0.2.1:5060: is the network up?"},
        {EHOSTUNREACH, SIP_TRANSPORT_UDP, "no route to 192.0.2.1:5060: is the network up?"},
        {ENETDOWN, SIP_TRANSPORT_UDP, "no route to 192.0.2.1:5060: is the network up?"},
        {EAFNOSUPPORT, SIP_TRANSPORT_UDP,
         "192.0.2.1:5060 cannot be reached from the configured SIP address"},
        {EINVAL, SIP_TRANSPORT_UDP,
         "192.0.2.1:5060 cannot be reached from the configured SIP address"},
        {EADDRNOTAVAIL, SIP_TRANSPORT_UDP,
         "the configured SIP address is not one of this machine now"},
        {EPROTO, SIP_TRANSPORT_TLS,
         "192.0.2.1:5060 closed the connection when TLS began, or does not speak TLS"},
        {EADDRINUSE, SIP_TRANSPORT_UDP, "the SIP port is in use by another program"},
        {ENOMEM, SIP_TRANSPORT_UDP, "cannot reach 192.0.2.1:5060: Cannot allocate memory"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct explain_fault fault = {
            .err = cases[i].err,
            .to = "192.0.2.1:5060",
            .transport = cases[i].transport,
            .tls_problem = "",
            .waited_s = 4,
        };

        explain_unreachable(buf, sizeof(buf), &fault);
        assert_string_equal(buf, cases[i].text);
        fault.tls_problem = "the certificate has expired"; /* whatever came of it: it is why */
        explain_unreachable(buf, sizeof(buf), &fault);
        assert_string_equal(buf, "the certificate has expired");
    }
}

static void test_lookup(void **state)
{
    (void)state;
    explain_lookup(buf, sizeof(buf), ENOENT, "pbx.test");
    assert_string_equal(buf, "there is no host named pbx.test: is the proxy spelled right?");
    explain_lookup(buf, sizeof(buf), ETIMEDOUT, "pbx.test");
    assert_string_equal(
        buf, "the name pbx.test cannot be looked up now: the DNS server does not answer");
    explain_lookup(buf, sizeof(buf), EAGAIN, "pbx.test");
    assert_string_equal(buf, "the name pbx.test cannot be looked up now: does DNS work?");
    explain_lookup(buf, sizeof(buf), ENOMEM, "pbx.test");
    assert_string_equal(buf, "the name pbx.test cannot be looked up now: does DNS work?");
}

static void test_stun(void **state)
{
    static const struct {
        int err;
        const char *text;
        unsigned code;
    } cases[] = {
        {EREMOTEIO, "STUN server stun.test:3478 answered 420: it does not tell our address", 420},
        {EBADMSG, "STUN server stun.test:3478 says something that cannot be true", 0},
        {ETIMEDOUT, "STUN server stun.test:3478 does not answer", 0},
        {ENOENT, "STUN server stun.test:3478 has no address", 0},
        {EAFNOSUPPORT, "STUN server stun.test:3478 cannot be asked", 0},
        {ENETUNREACH, "STUN server stun.test:3478 cannot be asked", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        explain_stun(buf, sizeof(buf), cases[i].err, cases[i].code, "stun.test:3478");
        assert_string_equal(buf, cases[i].text);
    }
}

static void test_answer(void **state)
{
    static const struct {
        struct registration_result result;
        const char *text;
    } cases[] = {
        {{.outcome = REGISTRATION_REFUSED,
          .code = 403,
          .is_wrong_password = true,
          .phrase = "No",
          .explanation = "what is not said then"},
         "wrong password: 403 No"},
        {{.outcome = REGISTRATION_REFUSED,
          .code = 401,
          .phrase = "Unauthorized",
          .explanation = "the server's challenge cannot be read"},
         "the server's challenge cannot be read: 401 Unauthorized"},
        {{.outcome = REGISTRATION_REFUSED, .code = 404, .phrase = "Not Found", .explanation = ""},
         "the server does not know this user: 404 Not Found"},
        {{.outcome = REGISTRATION_REFUSED, .code = 404, .phrase = "", .explanation = ""},
         "the server does not know this user: 404 no reason given"},
        {{.outcome = REGISTRATION_REFUSED, .code = 305, .phrase = "Use Proxy", .explanation = ""},
         "the server wants another proxy in between: set it as outbound: 305 Use Proxy"},
        {{.outcome = REGISTRATION_UNAVAILABLE, .code = 503, .phrase = "Busy", .explanation = ""},
         "the server cannot register us now: 503 Busy"},
        {{.outcome = REGISTRATION_REFUSED, .code = 606, .phrase = "Never", .explanation = ""},
         "the server refuses to register us anywhere: 606 Never"},
        {{.outcome = REGISTRATION_REFUSED, .code = 405, .phrase = "What", .explanation = ""},
         "the server refuses to register us: 405 What"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        explain_answer(buf, sizeof(buf), &cases[i].result);
        assert_string_equal(buf, cases[i].text);
    }
}

/* ---- buffers of any size ---- */

static void explain(unsigned which, char *text, size_t size)
{
    static char name[400], problem[400];
    struct explain_fault fault = {.err = ETIMEDOUT, .to = name, .tls_problem = ""};
    const struct registration_result result = {.code = 403, .phrase = name, .explanation = name};

    memset(name, 'n', sizeof(name) - 1);
    memset(problem, 'p', sizeof(problem) - 1);
    switch (which) {
    case 0:
        explain_unreachable(text, size, &fault);
        break;
    case 1:
        fault.tls_problem = problem;
        explain_unreachable(text, size, &fault);
        break;
    case 2:
        explain_lookup(text, size, ENOENT, name);
        break;
    case 3:
        explain_stun(text, size, EREMOTEIO, 699, name);
        break;
    default:
        explain_answer(text, size, &result);
        break;
    }
}

static void test_buffers_of_any_size(void **state)
{
    char whole[1000];

    (void)state;
    for (unsigned which = 0; which < 5; which++) {
        explain(which, whole, sizeof(whole));
        assert_true(strlen(whole) > 100);
        for (size_t size = 1; size <= 260; size++) {
            char *text = test_malloc(size); /* which notices a byte too much */

            memset(text, '#', size);
            explain(which, text, size);
            assert_non_null(memchr(text, '\0', size));
            assert_int_equal(strlen(text), strlen(whole) < size - 1 ? strlen(whole) : size - 1);
            assert_int_equal(strncmp(text, whole, strlen(text)), 0);
            test_free(text);
        }
    }
}

/* However long a name is, the end of the sentence has its place in a status. */
static void test_long_names_leave_room(void **state)
{
    (void)state;
    explain(2, buf, 200);
    assert_non_null(strstr(buf, "is the proxy spelled right?"));
    explain(3, buf, 200);
    assert_non_null(strstr(buf, "answered 699: it does not tell our address"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unreachable),
        cmocka_unit_test(test_lookup),
        cmocka_unit_test(test_stun),
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_buffers_of_any_size),
        cmocka_unit_test(test_long_names_leave_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
