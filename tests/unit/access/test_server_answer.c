/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <string.h>

#include "access/server_answer.h"

#define GRANT(more) "{\"handled\":true,\"access\":{\"granted\":true" more "}}"

static const struct {
    unsigned status;
    const char *body;
    bool is_handled, is_granted;
    unsigned lock;
    bool is_quiet; /* nothing is wrong with it */
} cases[] = {
    {200, "{\"handled\":false}", false, false, 0, true},
    {200, "{\"handled\":false,\"access\":{\"granted\":true}}", false, false, 0, true},
    {200, GRANT(""), true, true, 1, true},
    {201, GRANT(",\"lock_number\":2"), true, true, 2, true},
    {299, GRANT(",\"lock_number\":0"), true, true, 0, true},
    {200, "{\"handled\":true,\"access\":{\"granted\":false}}", true, false, 1, true},
    {200, "{\"handled\":true,\"access\":{\"granted\":false},\"more\":[]}", true, false, 1, true},
    {199, GRANT(""), false, false, 0, false},
    {300, GRANT(""), false, false, 0, false},
    {401, "{\"handled\":false}", false, false, 0, false},
    {200, GRANT(",\"lock_number\":3"), false, false, 0, false},
    {200, GRANT(",\"lock_number\":-1"), false, false, 0, false},
    {200, GRANT(",\"lock_number\":1.0"), false, false, 0, false},
    {200, GRANT(",\"lock_number\":\"1\""), false, false, 0, false},
    {200, GRANT(",\"lock_number\":null"), false, false, 0, false},
    {200, GRANT(",\"granted\":false"), false, false, 0, false},
    {200, "{\"handled\":true,\"access\":{\"granted\":1}}", false, false, 0, false},
    {200, "{\"handled\":true,\"access\":true}", false, false, 0, false},
    {200, "{\"handled\":true,\"granted\":true}", false, false, 0, false},
    {200, "{\"handled\":\"true\",\"access\":{\"granted\":true}}", false, false, 0, false},
    {200, "{\"handled\":1,\"access\":{\"granted\":true}}", false, false, 0, false},
    {200, "[true]", false, false, 0, false},
    {200, "true", false, false, 0, false},
    {200, "{\"handled\":true,\"access\":{\"granted\":true}", false, false, 0, false},
    {200, GRANT("") "x", false, false, 0, false},
    {200, "", false, false, 0, false},
};

static void test_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct server_answer answer;
        const char *why;

        print_message("# %u %s\n", cases[i].status, cases[i].body);
        server_answer_read(cases[i].status, cases[i].body, strlen(cases[i].body), &answer, &why);
        assert_int_equal(answer.is_handled, cases[i].is_handled);
        assert_int_equal(answer.is_granted, cases[i].is_granted);
        assert_int_equal(answer.lock, cases[i].lock);
        assert_int_equal(why == NULL, cases[i].is_quiet);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_answers)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
