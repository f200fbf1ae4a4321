/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "sip/call_words.h"

static void test_answers(void **state)
{
    static const struct answer {
        int code;
        const char *phrase;
        enum call_end end;
        const char *text;
    } answers[] = {
        {486, "Busy Here", CALL_BUSY, "busy: 486 Busy Here"},
        {600, "", CALL_BUSY, "busy everywhere: 600"},
        {603, "Decline", CALL_DECLINED, "declined: 603 Decline"},
        {403, "Forbidden", CALL_DECLINED, "the server does not allow this call: 403 Forbidden"},
        {433, "", CALL_DECLINED, "the other side takes no anonymous calls: 433"},
        {404, "", CALL_NOT_FOUND, "there is no such number: 404"},
        {410, "", CALL_NOT_FOUND, "the number is no longer in use: 410"},
        {484, "", CALL_NOT_FOUND, "the number is not complete: 484"},
        {604, "", CALL_NOT_FOUND, "the number does not exist anywhere: 604"},
        {408, "", CALL_NO_ANSWER, "the phone did not answer: 408"},
        {488, "", CALL_NOT_ACCEPTABLE, "no common codec: the other side must know G.711: 488"},
        {606, "", CALL_NOT_ACCEPTABLE, "no common codec: the other side must know G.711: 606"},
        {302, "", CALL_FAILED, "the server sends us elsewhere: 302"},
        {499, "X", CALL_FAILED, "the call was not accepted: 499 X"},
        {599, "", CALL_FAILED, "the server cannot do it: 599"},
        {699, "", CALL_DECLINED, "the other side takes no call: 699"},
    };
    char text[CALL_MAX_REASON];

    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        assert_int_equal(
            call_words_of_answer(answers[i].code, answers[i].phrase, text, sizeof(text)),
            answers[i].end);
        assert_string_equal(text, answers[i].text);
    }
}

static void test_faults(void **state)
{
    char text[CALL_MAX_REASON];

    (void)state;
    assert_int_equal(call_words_of_fault(ETIMEDOUT, "10.0.0.1:5060", text, sizeof(text)),
                     CALL_UNREACHABLE);
    assert_string_equal(text, "no answer from 10.0.0.1:5060 in 32 s");
    assert_int_equal(call_words_of_fault(ECONNREFUSED, "a", text, sizeof(text)), CALL_UNREACHABLE);
    assert_int_equal(call_words_of_fault(ENOMEM, "a", text, sizeof(text)), CALL_FAILED);
    assert_non_null(strstr(text, "a: "));
}

static void test_a_small_buffer_is_enough(void **state)
{
    char text[8];

    (void)state;
    (void)call_words_of_answer(486, "Busy Here", text, sizeof(text));
    assert_string_equal(text, "busy: 4");
    (void)call_words_of_fault(ETIMEDOUT, "a", text, sizeof(text));
    assert_string_equal(text, "no answ");
}

static void test_each_end_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(call_end_name(CALL_NOT_ENDED), "");
    for (int end = CALL_HUNG_UP; end <= CALL_DEAD; end++)
        assert_true(call_end_name((enum call_end)end)[0]);
    assert_string_equal(call_end_name(CALL_BUSY), "busy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_a_small_buffer_is_enough),
        cmocka_unit_test(test_each_end_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
