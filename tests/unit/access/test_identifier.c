/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "access/identifier.h"

#define UUID "0f8fad5b-d9cb-469f-a165-70867728950e"

static struct identifier good_one(void)
{
    struct identifier it = {
        .uid = 1,
        .type = IDENTIFIER_CARD,
        .is_time_permanent = true,
        .is_passes_permanent = true,
        .number = "1493650",
    };

    return it;
}

/* Whether both are numbers of the type, and the same one. */
static bool is_same(enum identifier_type type, const char *a, const char *b)
{
    struct identifier_key left, right;

    assert_null(identifier_key_read(type, a, &left));
    assert_null(identifier_key_read(type, b, &right));
    if (!identifier_key_is_same(&left, &right))
        return false;
    assert_int_equal(identifier_key_hash(&left), identifier_key_hash(&right));
    return true;
}

static void test_spellings_of_one_card(void **state)
{
    static const char *const spellings[] = {
        "439041101",   "00439041101",          "00000000000439041101", "1A-2B-3C-4D",
        "1a:2b:3c:4d", "00-00-00-1A-2B-3C-4D", "1A-2b:3C:4d",          "00:00:00:00:1a:2B:3c:4d",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
        assert_true(is_same(IDENTIFIER_CARD, spellings[0], spellings[i]));
        assert_true(is_same(IDENTIFIER_UKEY, spellings[0], spellings[i]));
    }
    assert_false(is_same(IDENTIFIER_CARD, "439041101", "439041102"));
    assert_false(is_same(IDENTIFIER_CARD, "1A-2B-3C-4D", "4D-3C-2B-1A")); /* the order counts */
    assert_true(is_same(IDENTIFIER_CARD, "AB", "171"));                   /* one byte */
    assert_false(is_same(IDENTIFIER_CARD, "12", "00-12")); /* two digits are decimal */
    assert_true(is_same(IDENTIFIER_CARD, "18446744073709551615", "FF-FF-FF-FF-FF-FF-FF-FF"));
}

static void test_a_card_is_no_ukey(void **state)
{
    struct identifier_key card, ukey;

    (void)state;
    assert_null(identifier_key_read(IDENTIFIER_CARD, "1", &card));
    assert_null(identifier_key_read(IDENTIFIER_UKEY, "1", &ukey));
    assert_false(identifier_key_is_same(&card, &ukey));
}

static void test_other_spellings(void **state)
{
    (void)state;
    assert_false(is_same(IDENTIFIER_CODE, "0012", "12"));
    assert_true(is_same(IDENTIFIER_CODE, "0123456789", "0123456789"));
    assert_true(is_same(IDENTIFIER_QR, UUID, "0F8FAD5B-D9CB-469F-A165-70867728950E"));
    assert_false(is_same(IDENTIFIER_QR, UUID, "1f8fad5b-d9cb-469f-a165-70867728950e"));
    assert_false(is_same(IDENTIFIER_PLATE, "ab 123 c", "AB 123 C"));
    assert_true(is_same(IDENTIFIER_FACE, "\xd0\x9b-1", "\xd0\x9b-1"));
}

static void test_what_is_no_number(void **state)
{
    static const struct {
        enum identifier_type type;
        const char *number;
    } cases[] = {
        {IDENTIFIER_CARD, ""},
        {IDENTIFIER_CARD, "-1"},
        {IDENTIFIER_CARD, "1 "},
        {IDENTIFIER_CARD, "1A2B3C4D"},
        {IDENTIFIER_CARD, "1A-2B-"},
        {IDENTIFIER_CARD, "1A--2B"},
        {IDENTIFIER_CARD, "1A-2"},
        {IDENTIFIER_CARD, "1A-2B-3G"},
        {IDENTIFIER_CARD, "1A 2B"},
        {IDENTIFIER_CARD, "00-00-00-00-00-00-00-00-01"}, /* nine bytes */
        {IDENTIFIER_CARD, "18446744073709551616"},       /* 65 bits */
        {IDENTIFIER_CARD, "000000000000000000001"},      /* 21 digits */
        {IDENTIFIER_UKEY, "x"},
        {IDENTIFIER_CODE, ""},
        {IDENTIFIER_CODE, "12345678901"},
        {IDENTIFIER_CODE, "12#"},
        {IDENTIFIER_QR, "0f8fad5bd9cb469fa16570867728950e"},
        {IDENTIFIER_QR, "{" UUID "}"},
        {IDENTIFIER_QR, "0f8fad5b-d9cb-469f-a165-70867728950"},
        {IDENTIFIER_QR, "0f8fad5b-d9cb-469f-a165-70867728950g"},
        {IDENTIFIER_QR, "0f8fad5b-d9cb-469fa-165-70867728950e"},
        {IDENTIFIER_FACE, ""},
        {IDENTIFIER_PLATE, "a\nb"},
        {IDENTIFIER_PLATE, "12345678901234567890123456789012345678901234567890123456789012345"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct identifier_key key;

        print_message("%s %s\n", identifier_type_text(cases[i].type), cases[i].number);
        assert_non_null(identifier_key_read(cases[i].type, cases[i].number, &key));
    }
}

static void test_words(void **state)
{
    enum identifier_type type;
    enum identifier_lock lock;
    enum identifier_owner owner;

    (void)state;
    for (unsigned i = 0; i < IDENTIFIER_TYPES; i++) {
        assert_true(identifier_type_parse(identifier_type_text((enum identifier_type)i), &type));
        assert_int_equal(type, i);
    }
    assert_true(identifier_lock_parse("all", &lock) && lock == IDENTIFIER_ALL);
    assert_true(identifier_owner_parse("guest", &owner) && owner == IDENTIFIER_GUEST);
    assert_false(identifier_type_parse("Card", &type));
    assert_false(identifier_type_parse("input_code", &type));
    assert_false(identifier_lock_parse("", &lock));
    assert_false(identifier_owner_parse("admin", &owner));
}

static void test_texts(void **state)
{
    (void)state;
    assert_true(identifier_text_is_good("", 4));
    assert_true(identifier_text_is_good("abcd", 4));
    assert_false(identifier_text_is_good("abcde", 4));
    assert_true(identifier_text_is_good("\xc3\xa9\xe2\x82\xac\xf0\x9f\x9a\xaa", 16));
    assert_false(identifier_text_is_good("a\tb", 16));
    assert_false(identifier_text_is_good("\x7f", 16));
    assert_false(identifier_text_is_good("\xc2\x85", 16)); /* a control character, too */
    assert_false(identifier_text_is_good("\xc0\xaf", 16)); /* a slash, too long */
    assert_false(identifier_text_is_good("\xe0\x80\xaf", 16));
    assert_false(identifier_text_is_good("\xed\xa0\x80", 16));     /* half of a pair */
    assert_false(identifier_text_is_good("\xf4\x90\x80\x80", 16)); /* beyond all */
    assert_false(identifier_text_is_good("\xe2\x82", 16));
    assert_false(identifier_text_is_good("\x80", 16));
}

static void test_limits(void **state)
{
    struct identifier it = good_one();

    (void)state;
    assert_true(identifier_is_good(&it));
    it.uid = IDENTIFIER_MAX_UID + 1;
    assert_false(identifier_is_good(&it));

    it = good_one();
    memset(it.name, 'a', IDENTIFIER_MAX_NAME);
    memset(it.link_id, 'b', IDENTIFIER_MAX_LINK);
    memset(it.apartment_link_id, 'c', IDENTIFIER_MAX_LINK);
    assert_true(identifier_is_good(&it));
    it.link_id[3] = '\n';
    assert_false(identifier_is_good(&it));

    it = good_one();
    it.is_time_permanent = false;
    it.from_s = 5;
    it.to_s = IDENTIFIER_MAX_TIME_S;
    assert_true(identifier_is_good(&it));
    it.to_s++;
    assert_false(identifier_is_good(&it));
    it.to_s = 4; /* ends before it begins */
    assert_false(identifier_is_good(&it));

    it = good_one();
    it.is_passes_permanent = false;
    assert_false(identifier_is_good(&it));
    it.max_passes = it.passes_left = IDENTIFIER_MAX_PASSES;
    assert_true(identifier_is_good(&it));
    it.max_passes++;
    assert_false(identifier_is_good(&it));
    it.max_passes = 1; /* fewer than are left */
    assert_false(identifier_is_good(&it));
}

static void test_when_it_is_good(void **state)
{
    const int64_t now_s = PORTERO_RELEASED_AT_S + 1000;
    struct identifier it = good_one();

    (void)state;
    assert_int_equal(identifier_state_at(&it, 0), IDENTIFIER_GOOD);
    it.is_time_permanent = false;
    it.from_s = now_s;
    it.to_s = now_s + 10;
    assert_int_equal(identifier_state_at(&it, now_s - 1), IDENTIFIER_NOT_YET);
    assert_int_equal(identifier_state_at(&it, now_s), IDENTIFIER_GOOD);
    assert_int_equal(identifier_state_at(&it, now_s + 10), IDENTIFIER_GOOD);
    assert_int_equal(identifier_state_at(&it, now_s + 11), IDENTIFIER_EXPIRED);
    /* The clock is not set: it might be expired, so it is not good even from 1970 on. */
    it.from_s = 0;
    assert_int_equal(identifier_state_at(&it, PORTERO_RELEASED_AT_S - 1), IDENTIFIER_NO_CLOCK);
    assert_int_equal(identifier_state_at(&it, PORTERO_RELEASED_AT_S), IDENTIFIER_GOOD);
    it.is_passes_permanent = false;
    it.max_passes = 2;
    it.passes_left = 1;
    assert_int_equal(identifier_state_at(&it, now_s), IDENTIFIER_GOOD);
    it.passes_left = 0;
    assert_int_equal(identifier_state_at(&it, now_s), IDENTIFIER_NO_PASSES);
}

static void test_passes_left_after_a_change(void **state)
{
    struct identifier old = good_one(), it = good_one();

    (void)state;
    it.is_passes_permanent = false;
    it.max_passes = 3;
    identifier_keep_passes(&it, NULL);
    assert_int_equal(it.passes_left, 3);
    old = it;
    old.passes_left = 1;
    identifier_keep_passes(&it, &old); /* sent again: what is used stays used */
    assert_int_equal(it.passes_left, 1);
    it.max_passes = 4;
    identifier_keep_passes(&it, &old);
    assert_int_equal(it.passes_left, 4);
    it.is_passes_permanent = true;
    it.max_passes = 0;
    identifier_keep_passes(&it, &old);
    assert_int_equal(it.passes_left, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spellings_of_one_card),
        cmocka_unit_test(test_a_card_is_no_ukey),
        cmocka_unit_test(test_other_spellings),
        cmocka_unit_test(test_what_is_no_number),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_when_it_is_good),
        cmocka_unit_test(test_passes_left_after_a_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
