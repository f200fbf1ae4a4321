/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "access/decision.h"
#include "access/scan.h"
#include "settings/entry_settings.h"

static const struct entry_settings with_master = {
    .is_code_on = true, .code = "4711", .card = "00-16-CA-92"};

static const struct {
    const char *name, *number;
    enum identifier_type type;
    bool is_code_off;
    enum identifiers_verdict verdict;
    enum identifier_lock lock;
    enum decision_cause cause;
    unsigned opens; /* if granted */
} cases[] = {
    {"master code", "4711", IDENTIFIER_CODE, false, IDENTIFIERS_UNKNOWN, IDENTIFIER_FIRST,
     DECISION_MASTER_CODE, 0},
    {"it comes before the list", "4711", IDENTIFIER_CODE, false, IDENTIFIERS_EXPIRED,
     IDENTIFIER_FIRST, DECISION_MASTER_CODE, 0},
    {"switched off", "4711", IDENTIFIER_CODE, true, IDENTIFIERS_UNKNOWN, IDENTIFIER_FIRST,
     DECISION_UNKNOWN, 0},
    {"longer", "47110", IDENTIFIER_CODE, false, IDENTIFIERS_UNKNOWN, IDENTIFIER_FIRST,
     DECISION_UNKNOWN, 0},
    {"shorter", "471", IDENTIFIER_CODE, false, IDENTIFIERS_UNKNOWN, IDENTIFIER_FIRST,
     DECISION_UNKNOWN, 0},
    {"the code as a card", "4711", IDENTIFIER_CARD, false, IDENTIFIERS_UNKNOWN, IDENTIFIER_FIRST,
     DECISION_UNKNOWN, 0},
    {"master card", "1493650", IDENTIFIER_CARD, false, IDENTIFIERS_UNKNOWN, IDENTIFIER_FIRST,
     DECISION_MASTER_CARD, 0},
    {"the card as a code", "1493650", IDENTIFIER_CODE, false, IDENTIFIERS_UNKNOWN, IDENTIFIER_FIRST,
     DECISION_UNKNOWN, 0},
    {"lock 1", "7", IDENTIFIER_CARD, false, IDENTIFIERS_GRANTED, IDENTIFIER_FIRST,
     DECISION_IDENTIFIER, 1},
    {"lock 2", "7", IDENTIFIER_CARD, false, IDENTIFIERS_GRANTED, IDENTIFIER_SECOND,
     DECISION_IDENTIFIER, 2},
    {"both", "7", IDENTIFIER_CARD, false, IDENTIFIERS_GRANTED, IDENTIFIER_ALL, DECISION_IDENTIFIER,
     0},
    {"too early", "7", IDENTIFIER_CARD, false, IDENTIFIERS_NOT_YET, IDENTIFIER_ALL,
     DECISION_NOT_VALID, 0},
    {"too late", "7", IDENTIFIER_CARD, false, IDENTIFIERS_EXPIRED, IDENTIFIER_ALL,
     DECISION_NOT_VALID, 0},
    {"used up", "7", IDENTIFIER_CARD, false, IDENTIFIERS_NO_PASSES, IDENTIFIER_ALL,
     DECISION_NOT_VALID, 0},
    {"no clock", "7", IDENTIFIER_CARD, false, IDENTIFIERS_NO_CLOCK, IDENTIFIER_ALL,
     DECISION_NOT_VALID, 0},
    {"unknown", "7", IDENTIFIER_CARD, false, IDENTIFIERS_UNKNOWN, IDENTIFIER_ALL, DECISION_UNKNOWN,
     0},
};

static void test_decisions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct entry_settings settings = with_master;
        struct identifier found = {.lock = cases[i].lock};
        bool is_granted = cases[i].cause <= DECISION_IDENTIFIER;
        struct decision decision;
        struct scan scan;

        print_message("# %s\n", cases[i].name);
        settings.is_code_on = !cases[i].is_code_off;
        assert_null(scan_read(cases[i].type, cases[i].number, &scan));
        decision = decision_make(&settings, &scan, cases[i].verdict, &found);
        assert_int_equal(decision.cause, cases[i].cause);
        assert_int_equal(decision.is_granted, is_granted);
        if (is_granted)
            assert_int_equal(decision.lock, cases[i].opens);
    }
}

/* On without a code: no code opens, and least of all none. */
static void test_empty_master(void **state)
{
    const struct entry_settings settings = {.is_code_on = true};
    struct decision decision;
    struct scan scan;

    (void)state;
    assert_null(scan_read(IDENTIFIER_CODE, "0", &scan));
    decision = decision_make(&settings, &scan, IDENTIFIERS_UNKNOWN, NULL);
    assert_false(decision.is_granted);
    scan.number[0] = '\0';
    decision = decision_make(&settings, &scan, IDENTIFIERS_UNKNOWN, NULL);
    assert_false(decision.is_granted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_decisions),
                                       cmocka_unit_test(test_empty_master)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
