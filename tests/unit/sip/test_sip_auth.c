/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdio.h>
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

#include "sip/digest.h"
#include "sip/message.h"
#include "sip/sip_auth.h"

int sip_auth_encode(struct mbuf *mb, struct sip_auth *auth, const char *met, const char *uri);

#define URI "sip:pbx.a"

static struct sip_auth *auth;
static unsigned n_asked; /* for credentials */
static char sent[4096];

static int give(char **username, char **password, const char *realm, void *arg)
{
    int err = str_dup(username, "us\"er");

    assert_ptr_equal(arg, &n_asked);
    assert_non_null(realm);
    n_asked++;
    return err ? err : str_dup(password, "secret");
}

static int setup(void **state)
{
    (void)state;
    n_asked = 0;
    return sip_auth_alloc(&auth, give, &n_asked, false);
}

static int teardown(void **state)
{
    (void)state;
    auth = mem_deref(auth);
    return 0;
}

static int challenge(const char *headers)
{
    struct sip_msg *msg = message_response(401, headers);
    int err = sip_auth_authenticate(auth, msg);

    mem_deref(msg); /* nothing of it may be needed later */
    return err;
}

/* What the next request would carry, into sent. */
static void encode(void)
{
    struct mbuf *mb = mbuf_alloc(512);

    assert_int_equal(sip_auth_encode(mb, auth, "REGISTER", URI), 0);
    assert_true(mb->end < sizeof(sent));
    memcpy(sent, mb->buf, mb->end);
    sent[mb->end] = '\0';
    mem_deref(mb);
}

/* The value of name in text (one line of sent). */
static void value_of(const char *text, const char *name, char buf[200])
{
    char wanted[40];
    const char *at;
    size_t len;

    (void)snprintf(wanted, sizeof(wanted), " %s=", name);
    at = strstr(text, wanted);
    assert_non_null(at);
    at += strlen(wanted);
    at += *at == '"';
    len = strcspn(at, ",\"\r");
    assert_true(len < 200);
    memcpy(buf, at, len);
    buf[len] = '\0';
}

/* The line must answer this realm and nonce rightly. */
static void check_answer(const char *line, struct digest_challenge asked, uint32_t count)
{
    char response[200], cnonce[200] = "", value[200], wanted[DIGEST_MAX_HEX + 1];
    struct digest_request request = {"us\"er", "secret", "REGISTER", URI, cnonce, count};

    assert_non_null(line);
    assert_non_null(strstr(line, "Digest username=\"us\\\"er\","));
    value_of(line, "realm", value);
    assert_string_equal(value, asked.realm);
    value_of(line, "nonce", value);
    assert_string_equal(value, asked.nonce);
    value_of(line, "uri", value);
    assert_string_equal(value, URI);
    if (asked.has_qop) {
        value_of(line, "cnonce", cnonce);
        assert_true(strlen(cnonce) >= 16);
        (void)snprintf(wanted, sizeof(wanted), "nc=%08x", count);
        assert_non_null(strstr(line, wanted));
        assert_non_null(strstr(line, "qop=auth"));
    }
    value_of(line, "response", response);
    assert_int_equal(digest_response(&asked, &request, wanted), 0);
    assert_string_equal(response, wanted);
}

static unsigned lines(void)
{
    unsigned n = 0;

    for (const char *c = sent; *c; c++)
        n += *c == '\n';
    return n;
}

static void test_the_program_is_linked_with_ours(void **state)
{
    (void)state;
    assert_int_equal(sip_auth_check(), 0);
}

static void test_nothing_is_sent_before_a_challenge(void **state)
{
    (void)state;
    encode();
    assert_string_equal(sent, "");
}

static void test_one_challenge(void **state)
{
    struct digest_challenge asked = {.algorithm = DIGEST_MD5, .realm = "r", .nonce = "n"};

    (void)state;
    assert_int_equal(challenge("WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n"), 0);
    encode();
    assert_int_equal(strncmp(sent, "Authorization: ", 15), 0);
    assert_int_equal(lines(), 1);
    check_answer(sent, asked, 1);
    assert_null(strstr(sent, "algorithm")); /* was not written */
    assert_null(strstr(sent, "opaque"));
    assert_null(strstr(sent, "qop"));
    assert_null(strstr(sent, "secret"));
}

static void test_what_was_written_is_echoed(void **state)
{
    struct digest_challenge asked = {
        .algorithm = DIGEST_SHA256, .has_qop = true, .realm = "r", .nonce = "n"};

    (void)state;
    assert_int_equal(challenge("WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", opaque=\"o\", "
                               "algorithm=sha-256, qop=\"auth-int,auth\"\r\n"),
                     0);
    encode();
    check_answer(sent, asked, 1);
    assert_non_null(strstr(sent, "algorithm=SHA-256"));
    assert_non_null(strstr(sent, "opaque=\"o\""));
}

static void test_the_strongest_algorithm_is_chosen(void **state)
{
#define MD5 "WWW-Authenticate: Digest realm=\"r\", nonce=\"m\", qop=\"auth\", algorithm=MD5\r\n"
#define SHA "WWW-Authenticate: Digest realm=\"r\", nonce=\"s\", qop=\"auth\", algorithm=SHA-256\r\n"
#define NEW                                                                                        \
    "WWW-Authenticate: Digest realm=\"r\", nonce=\"x\", qop=\"auth\", algorithm=SHA3-512\r\n"
    static const char *const orders[] = {MD5 SHA, SHA MD5, NEW MD5 SHA, SHA NEW MD5, MD5 NEW SHA};
    struct digest_challenge asked = {
        .algorithm = DIGEST_SHA256, .has_qop = true, .realm = "r", .nonce = "s"};

    (void)state;
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        sip_auth_reset(auth);
        assert_int_equal(challenge(orders[i]), 0);
        encode();
        assert_int_equal(lines(), 1);
        check_answer(sent, asked, 1);
    }
    sip_auth_reset(auth);
    assert_int_equal(challenge(NEW MD5), 0);
    encode();
    asked.algorithm = DIGEST_MD5;
    (void)snprintf(asked.nonce, sizeof(asked.nonce), "m");
    check_answer(sent, asked, 1);
}

static void test_every_realm_is_answered(void **state)
{
    struct digest_challenge a = {.algorithm = DIGEST_MD5, .realm = "a", .nonce = "na"};
    struct digest_challenge b = {.algorithm = DIGEST_MD5, .realm = "b", .nonce = "nb"};

    (void)state;
    assert_int_equal(challenge("WWW-Authenticate: Digest realm=\"a\", nonce=\"na\"\r\n"
                               "WWW-Authenticate: Digest realm=\"b\", nonce=\"nb\"\r\n"),
                     0);
    encode();
    assert_int_equal(lines(), 2);
    check_answer(sent, a, 1);
    check_answer(strchr(sent, '\n') + 1, b, 1);
    assert_int_equal(n_asked, 2);
}

static void test_a_proxy_and_then_the_server(void **state)
{
    struct digest_challenge proxy = {.algorithm = DIGEST_MD5, .realm = "r", .nonce = "p"};
    struct digest_challenge server = {.algorithm = DIGEST_MD5, .realm = "r", .nonce = "s"};

    (void)state;
    assert_int_equal(challenge("Proxy-Authenticate: Digest realm=\"r\", nonce=\"p\"\r\n"), 0);
    encode();
    assert_int_equal(strncmp(sent, "Proxy-Authorization: ", 21), 0);
    check_answer(sent, proxy, 1);
    assert_int_equal(challenge("WWW-Authenticate: Digest realm=\"r\", nonce=\"s\"\r\n"), 0);
    encode();
    assert_int_equal(lines(), 2);
    check_answer(strstr(sent, "Proxy-Authorization: "), proxy, 2);
    assert_int_equal(strncmp(sent, "Proxy", 5), 0);
    check_answer(strchr(sent, '\n') + 1, server, 1);
    assert_int_equal(strncmp(strchr(sent, '\n') + 1, "Authorization: ", 15), 0);
}

static void test_refused_at_first_use_means_wrong_password(void **state)
{
    (void)state;
    assert_int_equal(challenge("WWW-Authenticate: Digest realm=\"r\", nonce=\"1\"\r\n"), 0);
    encode();
    assert_int_equal(challenge("WWW-Authenticate: Digest realm=\"r\", nonce=\"2\"\r\n"), EAUTH);
    encode();
    assert_string_equal(sent, ""); /* nothing is left to be sent by mistake */
    /* and the next attempt begins afresh */
    assert_int_equal(challenge("WWW-Authenticate: Digest realm=\"r\", nonce=\"3\"\r\n"), 0);
}

static void test_another_realm_does_not_hide_the_refusal(void **state)
{
    (void)state;
    assert_int_equal(challenge("WWW-Authenticate: Digest realm=\"a\", nonce=\"1\"\r\n"), 0);
    encode();
    assert_int_equal(challenge("WWW-Authenticate: Digest realm=\"b\", nonce=\"1\"\r\n"
                               "WWW-Authenticate: Digest realm=\"a\", nonce=\"2\"\r\n"),
                     EAUTH);
}

static void test_a_nonce_used_before_may_be_renewed(void **state)
{
    struct digest_challenge asked = {
        .algorithm = DIGEST_MD5, .has_qop = true, .realm = "r", .nonce = "1"};

    (void)state;
    assert_int_equal(
        challenge("WWW-Authenticate: Digest realm=\"r\", nonce=\"1\", qop=\"auth\"\r\n"), 0);
    for (uint32_t count = 1; count <= 3; count++) {
        encode();
        check_answer(sent, asked, count);
    }
    assert_int_equal(
        challenge("WWW-Authenticate: Digest realm=\"r\", nonce=\"2\", qop=\"auth\"\r\n"), 0);
    encode();
    (void)snprintf(asked.nonce, sizeof(asked.nonce), "2");
    check_answer(sent, asked, 1);
    /* but not refused at once again */
    assert_int_equal(
        challenge("WWW-Authenticate: Digest realm=\"r\", nonce=\"3\", qop=\"auth\"\r\n"), EAUTH);
}

static void test_stale_is_no_refusal(void **state)
{
    struct digest_challenge asked = {.algorithm = DIGEST_MD5, .realm = "r", .nonce = "2"};

    (void)state;
    assert_int_equal(challenge("WWW-Authenticate: Digest realm=\"r\", nonce=\"1\"\r\n"), 0);
    encode();
    assert_int_equal(challenge("WWW-Authenticate: Digest realm=\"r\", nonce=\"2\", stale=true\r\n"),
                     0);
    encode();
    check_answer(sent, asked, 1);
}

static void test_every_answer_has_its_own_cnonce(void **state)
{
    char first[200], second[200];

    (void)state;
    assert_int_equal(
        challenge("WWW-Authenticate: Digest realm=\"r\", nonce=\"1\", qop=\"auth\"\r\n"), 0);
    encode();
    value_of(sent, "cnonce", first);
    encode();
    value_of(sent, "cnonce", second);
    assert_string_not_equal(first, second);
}

static void test_what_cannot_be_answered(void **state)
{
    static const struct {
        const char *headers;
        int err;
    } cases[] = {
        {"", EBADMSG},
        {"WWW-Authenticate: Basic realm=\"r\"\r\n", EBADMSG},
        {"WWW-Authenticate: Digest realm=\"r\"\r\n", EBADMSG},
        {"WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm=AKAv1-MD5\r\n", ENOTSUP},
        {"WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"\r\n", ENOTSUP},
        {"WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm=X\r\n"
         "WWW-Authenticate: Basic realm=\"r\"\r\n",
         ENOTSUP},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(challenge(cases[i].headers), cases[i].err);
        encode();
        assert_string_equal(sent, "");
    }
    assert_int_equal(n_asked, 0);
    assert_int_equal(sip_auth_authenticate(auth, NULL), EINVAL);
}

static void test_a_broken_one_beside_a_good_one(void **state)
{
    struct digest_challenge asked = {.algorithm = DIGEST_MD5, .realm = "r", .nonce = "n"};

    (void)state;
    assert_int_equal(challenge("WWW-Authenticate: Basic realm=\"r\"\r\n"
                               "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n"),
                     0);
    encode();
    check_answer(sent, asked, 1);
}

static void test_more_realms_than_anyone_has(void **state)
{
    char headers[2000];
    size_t len = 0;

    (void)state;
    for (int i = 0; i < 20; i++)
        len += (size_t)snprintf(headers + len, sizeof(headers) - len,
                                "WWW-Authenticate: Digest realm=\"r%d\", nonce=\"n\"\r\n", i);
    assert_int_equal(challenge(headers), 0);
    encode();
    assert_int_equal(lines(), 4);
    for (int i = 20; i < 40; i++) { /* and always others */
        (void)snprintf(headers, sizeof(headers),
                       "WWW-Authenticate: Digest realm=\"r%d\", nonce=\"n\"\r\n", i);
        assert_int_equal(challenge(headers), 0);
        encode();
        assert_int_equal(lines(), 4);
    }
}

static int refuse(char **username, char **password, const char *realm, void *arg)
{
    (void)username;
    (void)password;
    (void)realm;
    (void)arg;
    return ENOENT;
}

static void test_no_credentials(void **state)
{
    (void)state;
    auth = mem_deref(auth);
    assert_int_equal(sip_auth_alloc(&auth, refuse, NULL, false), 0);
    assert_int_equal(challenge("WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n"), ENOENT);
    encode();
    assert_string_equal(sent, "");
    auth = mem_deref(auth);
    assert_int_equal(sip_auth_alloc(&auth, NULL, NULL, false), 0);
    assert_int_equal(challenge("WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n"), EAUTH);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_the_program_is_linked_with_ours),
        CASE(test_nothing_is_sent_before_a_challenge),
        CASE(test_one_challenge),
        CASE(test_what_was_written_is_echoed),
        CASE(test_the_strongest_algorithm_is_chosen),
        CASE(test_every_realm_is_answered),
        CASE(test_a_proxy_and_then_the_server),
        CASE(test_refused_at_first_use_means_wrong_password),
        CASE(test_another_realm_does_not_hide_the_refusal),
        CASE(test_a_nonce_used_before_may_be_renewed),
        CASE(test_stale_is_no_refusal),
        CASE(test_every_answer_has_its_own_cnonce),
        CASE(test_what_cannot_be_answered),
        CASE(test_a_broken_one_beside_a_good_one),
        CASE(test_more_realms_than_anyone_has),
        CASE(test_no_credentials),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
