/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "access/server_answer.h"
#include "settings/json_memory.h"

/* The library's blocks come from here. */
void *__wrap_malloc(size_t size);
void *__real_malloc(size_t size);

static unsigned fail_at; /* 1: the next one; 0: none */

void *__wrap_malloc(size_t size)
{
    return fail_at && --fail_at == 0 ? NULL : __real_malloc(size);
}

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

/* Without memory there is no decision, wherever it was missing; and that is no fault of the
 * server. */
static void test_no_memory(void **state)
{
    static const char body[] = GRANT(",\"and a name that does not fit at once\":\"nor the text\"");
    struct server_answer answer = {.is_handled = false};
    const char *why;
    unsigned n = 0;

    (void)state;
    json_memory_init();
    while (!answer.is_handled) {
        fail_at = ++n;
        server_answer_read(200, body, strlen(body), &answer, &why);
        if (!answer.is_handled)
            assert_string_equal(why, "there is no memory for its answer");
        assert_true(n < 1000);
    }
    fail_at = 0;
    assert_true(n > 5);
    assert_true(answer.is_granted);
    assert_null(why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_answers),
                                       cmocka_unit_test(test_no_memory)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
