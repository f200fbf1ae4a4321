/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sip/digest.h"

static int parse(const char *text, struct digest_challenge *ret_challenge)
{
    /* Exactly as long as the text: a byte too far shows. */
    size_t len = strlen(text);
    char *copy = malloc(len ? len : 1);
    int err;

    assert_non_null(copy);
    memcpy(copy, text, len);
    err = digest_challenge_parse(copy, len, ret_challenge);
    free(copy);
    return err;
}

/* ---- responses ---- */

static void test_responses_of_the_standards(void **state)
{
    static const struct {
        const char *challenge;
        struct digest_request request;
        const char *response;
    } cases[] = {
        /* RFC 7616 section 3.9.1 */
        {"Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=MD5, "
         "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
         "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
         {"Mufasa", "Circle of Life", "GET", "/dir/index.html",
          "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", 1},
         "8ca523f5e9506fed4657c9700eebdbec"},
        {"Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=SHA-256, "
         "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
         "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
         {"Mufasa", "Circle of Life", "GET", "/dir/index.html",
          "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", 1},
         "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
        /* the values of RFC 7616 section 3.9.2; the answer printed there is wrong
           (erratum 4897), this one with Python's hashlib */
        {"Digest realm=\"api@example.org\", qop=\"auth\", algorithm=SHA-512-256, "
         "nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\"",
         {"J\xc3\xa4s\xc3\xb8n Doe", "Secret, or not?", "GET", "/doe.json",
          "NTg6RKcb9boFIAS3KrFK9BGeh+niz/sm", 1},
         "7a4e1192babbba02e91182d2895bfdbf7adafc6e48d4e517ca301974843d840c"},
        /* RFC 2617 section 3.5 */
        {"Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", "
         "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", "
         "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
         {"Mufasa", "Circle Of Life", "GET", "/dir/index.html", "0a4f113b", 1},
         "6629fae49393a05397450978507c4ef1"},
        /* the same without qop (RFC 2069): neither cnonce nor count is in it */
        {"Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"",
         {"Mufasa", "Circle Of Life", "GET", "/dir/index.html", "unused", 7},
         "670fd8c2df070c60b045671b8b24ff02"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct digest_challenge challenge;
        char hex[DIGEST_MAX_HEX + 1];

        assert_int_equal(parse(cases[i].challenge, &challenge), 0);
        assert_int_equal(digest_response(&challenge, &cases[i].request, hex), 0);
        assert_string_equal(hex, cases[i].response);
    }
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    assert_non_null(text);
    return text;
}

static void test_responses_of_the_identity_cases(void **state)
{
    static const struct {
        const char *challenge;
        const char *member;
    } kinds[] = {
        {"Digest realm=\"asterisk\",nonce=\"n0nce\",qop=\"auth\",algorithm=MD5", "response_md5"},
        {"Digest realm=\"asterisk\",nonce=\"n0nce\",qop=\"auth\"", "response_md5"},
        {"Digest realm=\"asterisk\",nonce=\"n0nce\",qop=\"auth\",algorithm=SHA-256",
         "response_sha256"},
    };
    const char *dir = getenv("PORTERO_TEST_DATA");
    char path[PATH_MAX];
    json_t *file, *one;
    size_t i;

    (void)state;
    assert_non_null(dir);
    (void)snprintf(path, sizeof(path), "%s/sip-identity.json", dir);
    file = json_load_file(path, 0, NULL);
    assert_true(json_array_size(json_object_get(file, "cases")) >= 8);
    json_array_foreach(json_object_get(file, "cases"), i, one)
    {
        struct digest_request request = {
            .username = text_of(one, text_of(one, "user_id")[0] ? "user_id" : "user"),
            .password = "pass w;rd",
            .method = "REGISTER",
            .uri = text_of(one, "request_uri"),
            .cnonce = "c0nce",
            .nc = 1,
        };

        for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
            struct digest_challenge challenge;
            char hex[DIGEST_MAX_HEX + 1];

            assert_int_equal(parse(kinds[k].challenge, &challenge), 0);
            assert_int_equal(digest_response(&challenge, &request, hex), 0);
            assert_string_equal(hex, text_of(one, kinds[k].member));
        }
    }
    json_decref(file);
}

static void test_no_response_to_an_unknown_algorithm(void **state)
{
    struct digest_request request = {"u", "p", "REGISTER", "sip:a.b", "c", 1};
    struct digest_challenge challenge;
    char hex[DIGEST_MAX_HEX + 1];

    (void)state;
    assert_int_equal(parse("Digest realm=\"r\", nonce=\"n\", algorithm=AKAv1-MD5", &challenge), 0);
    assert_int_equal(digest_response(&challenge, &request, hex), ENOTSUP);
}

/* ---- challenges ---- */

static void test_good_challenges(void **state)
{
    static const struct {
        const char *text;
        struct digest_challenge wanted; /* strings by their start */
    } cases[] = {
        {"Digest realm=\"r\",nonce=\"n\"", {.algorithm = DIGEST_MD5, .realm = "r", .nonce = "n"}},
        {"  digest\trealm=r , nonce=n ", {.algorithm = DIGEST_MD5, .realm = "r", .nonce = "n"}},
        {"DIGEST nonce=\"n\", REALM=\"r\", Algorithm=md5",
         {.algorithm = DIGEST_MD5, .has_algorithm = true, .realm = "r", .nonce = "n"}},
        {"Digest ,,realm = \"r\"\r\n ,\r\n\tnonce\r\n =\r\n \"n\",, ,",
         {.algorithm = DIGEST_MD5, .realm = "r", .nonce = "n"}},
        {"Digest realm=\"\",nonce=\"n\"", {.algorithm = DIGEST_MD5, .realm = "", .nonce = "n"}},
        {"Digest realm=\"a, nonce=\\\"x\\\", b=\\\\\",nonce=\"n,=;\"",
         {.algorithm = DIGEST_MD5, .realm = "a, nonce=\\\"x\\\", b=\\\\", .nonce = "n,=;"}},
        {"Digest realm=\"r\",nonce=\"n\",opaque=\"\"",
         {.algorithm = DIGEST_MD5, .realm = "r", .nonce = "n", .has_opaque = true}},
        {"Digest realm=\"r\",nonce=\"n\",opaque=\"o\",stale=TRUE,domain=\"sip:a, sip:b\",x=y",
         {.algorithm = DIGEST_MD5,
          .realm = "r",
          .nonce = "n",
          .has_opaque = true,
          .opaque = "o",
          .is_stale = true}},
        {"Digest realm=\"r\",nonce=\"n\",stale=\"true\"",
         {.algorithm = DIGEST_MD5, .realm = "r", .nonce = "n", .is_stale = true}},
        {"Digest realm=\"r\",nonce=\"n\",stale=false,qop=auth",
         {.algorithm = DIGEST_MD5, .realm = "r", .nonce = "n", .has_qop = true}},
        {"Digest realm=\"r\",nonce=\"n\",qop=\"auth-int , AUTH\",algorithm=\"SHA-256\"",
         {.algorithm = DIGEST_SHA256,
          .has_algorithm = true,
          .realm = "r",
          .nonce = "n",
          .has_qop = true}},
        {"Digest realm=\"r\",nonce=\"n\",qop=\"\",algorithm=sha-512-256",
         {.algorithm = DIGEST_SHA512_256, .has_algorithm = true, .realm = "r", .nonce = "n"}},
        {"Digest realm=\"r\",nonce=\"n\",qop=\"auth-int\"",
         {.algorithm = DIGEST_UNKNOWN, .realm = "r", .nonce = "n"}},
        {"Digest realm=\"r\",nonce=\"n\",qop=\"authentic\"",
         {.algorithm = DIGEST_UNKNOWN, .realm = "r", .nonce = "n"}},
        {"Digest realm=\"r\",nonce=\"n\",algorithm=MD5-sess,qop=\"auth\"",
         {.algorithm = DIGEST_UNKNOWN,
          .has_algorithm = true,
          .realm = "r",
          .nonce = "n",
          .has_qop = true}},
        {"Digest realm=\"r\xc3\xa9\",nonce=\"n\"",
         {.algorithm = DIGEST_MD5, .realm = "r\xc3\xa9", .nonce = "n"}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct digest_challenge *wanted = &cases[i].wanted;
        struct digest_challenge got;

        if (parse(cases[i].text, &got))
            fail_msg("not read: %s", cases[i].text);
        assert_int_equal(got.algorithm, wanted->algorithm);
        assert_int_equal(got.has_algorithm, wanted->has_algorithm);
        assert_int_equal(got.has_qop, wanted->has_qop);
        assert_int_equal(got.has_opaque, wanted->has_opaque);
        assert_int_equal(got.is_stale, wanted->is_stale);
        assert_string_equal(got.realm, wanted->realm);
        assert_string_equal(got.nonce, wanted->nonce);
        assert_string_equal(got.opaque, wanted->opaque);
    }
}

static void test_bad_challenges(void **state)
{
    static const char *const bad[] = {
        "",
        "Digest",
        "Digest ",
        "Basic realm=\"r\"",
        "Digestrealm=\"r\",nonce=\"n\"",
        "Digest, realm=\"r\",nonce=\"n\"",
        "Digest nonce=\"n\"",
        "Digest realm=\"r\"",
        "Digest realm=\"r\",nonce=\"\"",
        "Digest realm=\"r\",nonce=",
        "Digest realm=\"r,nonce=\"n\"",
        "Digest realm=\"r\",nonce=\"n",
        "Digest realm=\"r\",nonce=\"n\\",
        "Digest realm=\"r\",nonce=\"n\\\"",
        "Digest realm=\"r\",nonce",
        "Digest realm=\"r\",=\"n\"",
        "Digest realm=\"r\",nonce \"n\"",
        "Digest realm=\"r\",nonce=\"n\",realm=\"s\"",
        "Digest realm=\"r\",nonce=\"n\",nonce=\"m\"",
        "Digest realm=\"r\",nonce=\"n\",opaque=\"a\",opaque=\"b\"",
        "Digest realm=\"\",realm=\"r\",nonce=\"n\"",
        "Digest realm=\"r\",nonce=\"\",nonce=\"n\"",
        "Digest realm=\"r\",nonce=\"n\",opaque=\"\",opaque=\"b\"",
        "Digest realm=\"r\x01\",nonce=\"n\"",
        "Digest realm=\"r\",nonce=\"n\x7f\"",
        "Digest realm=\"r\",nonce=\"n\tm\"",
        "Digest realm=\"r\",nonce=\"n\r\n x\"",
        "Digest realm=\"r\",nonce=\"n\",opaque=\"\r\nX: y\"",
    };
    struct digest_challenge challenge;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        memset(&challenge, 0x5a, sizeof(challenge));
        if (parse(bad[i], &challenge) != EBADMSG)
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(challenge.realm[0], 0x5a); /* untouched */
    }
    assert_int_equal(digest_challenge_parse("Digest\0realm=\"r\",nonce=\"n\"", 26, &challenge),
                     EBADMSG);
    assert_int_equal(digest_challenge_parse("Digest realm=\"r\0s\",nonce=\"n\"", 28, &challenge),
                     EBADMSG);
}

static void test_lengths_of_values(void **state)
{
    static const char *const names[] = {"realm", "nonce", "opaque"};
    static char value[DIGEST_MAX_VALUE + 2];
    static char text[3 * sizeof(value)];
    struct digest_challenge challenge;

    (void)state;
    memset(value, 'x', sizeof(value) - 1);
    for (int i = 0; i < 3; i++) {
        for (int len = DIGEST_MAX_VALUE; len <= DIGEST_MAX_VALUE + 1; len++) {
            (void)snprintf(text, sizeof(text), "Digest %s=\"%.*s\"%s%s", names[i], len, value,
                           i != 0 ? ",realm=\"r\"" : "", i != 1 ? ",nonce=\"n\"" : "");
            assert_int_equal(parse(text, &challenge), len > DIGEST_MAX_VALUE ? EBADMSG : 0);
        }
    }
    assert_int_equal(strlen(challenge.opaque), DIGEST_MAX_VALUE);
}

static void test_every_truncation(void **state)
{
    static const char good[] =
        "Digest realm=\"a \\\"b\\\" c\",\r\n nonce=\"abc/def=\", opaque=\"o\", stale=true, "
        "algorithm=SHA-256, qop=\"auth,auth-int\"";
    struct digest_challenge challenge;
    char text[sizeof(good)];

    (void)state;
    for (size_t len = 0; len < sizeof(good); len++) {
        memcpy(text, good, len);
        text[len] = '\0';
        /* Good from the end of the nonce on, if it is not cut within a later value's quotes. */
        (void)parse(text, &challenge);
        if (len < strcspn(good, "/"))
            assert_int_equal(parse(text, &challenge), EBADMSG);
    }
    assert_int_equal(challenge.algorithm, DIGEST_SHA256);
}

static void test_quote(void **state)
{
    static const struct {
        const char *text;
        const char *quoted;
    } cases[] = {
        {"", "\"\""},
        {"101", "\"101\""},
        {"a\"b\\c", "\"a\\\"b\\\\c\""},
        {"\"\"", "\"\\\"\\\"\""},
    };
    char buf[16];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t len = strlen(cases[i].quoted);

        assert_int_equal(digest_quote(cases[i].text, buf, sizeof(buf)), len);
        assert_string_equal(buf, cases[i].quoted);
        for (size_t size = 0; size <= len; size++) {
            char *small = malloc(size ? size : 1);

            assert_non_null(small);
            assert_int_equal(digest_quote(cases[i].text, small, size), 0);
            free(small);
        }
    }
}

static void test_names_of_algorithms(void **state)
{
    (void)state;
    assert_string_equal(digest_algorithm_name(DIGEST_MD5), "MD5");
    assert_string_equal(digest_algorithm_name(DIGEST_SHA256), "SHA-256");
    assert_string_equal(digest_algorithm_name(DIGEST_SHA512_256), "SHA-512-256");
    assert_true(DIGEST_SHA256 > DIGEST_MD5 && DIGEST_MD5 > DIGEST_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_responses_of_the_standards),
        cmocka_unit_test(test_responses_of_the_identity_cases),
        cmocka_unit_test(test_no_response_to_an_unknown_algorithm),
        cmocka_unit_test(test_good_challenges),
        cmocka_unit_test(test_bad_challenges),
        cmocka_unit_test(test_lengths_of_values),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_quote),
        cmocka_unit_test(test_names_of_algorithms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
