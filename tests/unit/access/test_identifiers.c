/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/identifiers.h"

#define NOW_S (PORTERO_RELEASED_AT_S + 1000)

static struct identifier card(uint32_t uid, const char *number)
{
    struct identifier it = {
        .uid = uid,
        .type = IDENTIFIER_CARD,
        .lock = IDENTIFIER_SECOND,
        .owner = IDENTIFIER_GUEST,
        .is_time_permanent = true,
        .is_passes_permanent = true,
    };

    (void)snprintf(it.number, sizeof(it.number), "%s", number);
    (void)snprintf(it.name, sizeof(it.name), "flat %u", uid % 3);
    return it;
}

static void put(struct identifiers *table, const struct identifier *list, size_t count)
{
    struct identifiers_batch *batch = NULL;

    assert_int_equal(identifiers_batch_new(table, list, count, &batch), 0);
    identifiers_batch_apply(table, batch);
}

/* Cards 101 to 100 + count under uids 1 to count. */
static struct identifiers *table_of(unsigned count)
{
    struct identifiers *table = NULL;

    assert_int_equal(identifiers_new(&table), 0);
    for (unsigned uid = 1; uid <= count; uid++) {
        struct identifier it;
        char number[24];

        (void)snprintf(number, sizeof(number), "%u", 100 + uid);
        it = card(uid, number);
        if (uid % 2 == 0)
            (void)snprintf(it.link_id, sizeof(it.link_id), "link-%u", uid);
        assert_int_equal(identifiers_append(table, &it), 0);
    }
    return table;
}

static uint32_t find_card(const struct identifiers *table, const char *number)
{
    struct identifier_key key;

    assert_null(identifier_key_read(IDENTIFIER_CARD, number, &key));
    return identifiers_find_key(table, &key);
}

static void test_all_members_come_back(void **state)
{
    struct identifiers *table = table_of(3);
    struct identifier it = card(4, "00-00-00-1a-2B-3C-4D"), got;

    (void)state;
    it.is_time_permanent = it.is_passes_permanent = false;
    it.from_s = 1;
    it.to_s = IDENTIFIER_MAX_TIME_S;
    it.max_passes = IDENTIFIER_MAX_PASSES;
    it.passes_left = 7;
    memset(it.name, 'n', IDENTIFIER_MAX_NAME);
    memset(it.link_id, 'l', IDENTIFIER_MAX_LINK);
    memset(it.apartment_link_id, 'a', IDENTIFIER_MAX_LINK);
    put(table, &it, 1);
    assert_int_equal(identifiers_find(table, 4, &got), 0);
    assert_memory_equal(&got, &it, sizeof(got));
    assert_int_equal(identifiers_find(table, 5, &got), ENOENT);
    assert_int_equal(find_card(table, "439041101"), 4);
    assert_int_equal(identifiers_find_link(table, it.link_id), 4);
    assert_int_equal(identifiers_find_link(table, ""), 0);
    assert_int_equal(identifiers_find_link(table, "link-3"), 0);
    assert_null(identifiers_free(table));
    assert_null(identifiers_free(NULL));
}

static void test_numbers_and_links_follow_changes(void **state)
{
    struct identifiers *table = table_of(4);
    struct identifier list[2];

    (void)state;
    /* Two change their numbers with each other. */
    assert_int_equal(identifiers_find(table, 2, &list[0]), 0);
    assert_int_equal(identifiers_find(table, 4, &list[1]), 0);
    (void)snprintf(list[0].number, sizeof(list[0].number), "104");
    (void)snprintf(list[1].number, sizeof(list[1].number), "102");
    list[0].link_id[0] = '\0';
    put(table, list, 2);
    assert_int_equal(find_card(table, "104"), 2);
    assert_int_equal(find_card(table, "102"), 4);
    assert_int_equal(identifiers_find_link(table, "link-2"), 0);
    assert_int_equal(identifiers_find_link(table, "link-4"), 4);
    assert_int_equal(identifiers_count(table), 4);
    identifiers_free(table);
}

static void test_what_is_removed_is_gone(void **state)
{
    static const uint32_t gone[] = {2, 3, 9, 10, 77};
    struct identifiers *table = table_of(10);
    struct identifier it;

    (void)state;
    identifiers_remove(table, gone, 5);
    assert_int_equal(identifiers_count(table), 6);
    for (uint32_t uid = 1; uid <= 10; uid++) {
        bool is_gone = uid == 2 || uid == 3 || uid == 9 || uid == 10;
        char number[24];

        (void)snprintf(number, sizeof(number), "%u", 100 + uid);
        assert_int_equal(identifiers_find(table, uid, &it), is_gone ? ENOENT : 0);
        assert_int_equal(find_card(table, number), is_gone ? 0 : uid);
    }
    assert_int_equal(identifiers_find_link(table, "link-2"), 0);
    assert_int_equal(identifiers_next_uid(table), 11); /* and not 9 */
    identifiers_remove(table, gone, 0);
    assert_int_equal(identifiers_count(table), 6);
    identifiers_free(table);
}

static void test_uids_are_never_given_again(void **state)
{
    struct identifiers *table = table_of(2);
    struct identifiers_batch *batch = NULL;
    struct identifier it = card(2, "900");

    (void)state;
    assert_int_equal(identifiers_next_uid(table), 3);
    identifiers_skip_to(table, 40);
    identifiers_skip_to(table, 7);
    assert_int_equal(identifiers_next_uid(table), 40);
    assert_int_equal(identifiers_append(table, &it), EINVAL);
    identifiers_skip_to(table, IDENTIFIER_MAX_UID + 1);
    it.uid = identifiers_next_uid(table);
    assert_int_equal(identifiers_batch_new(table, &it, 1, &batch), ENOSPC);
    identifiers_free(table);
}

static void test_read_twice_is_refused(void **state)
{
    struct identifiers *table = table_of(2);
    struct identifier it = card(3, "00000102");

    (void)state;
    assert_int_equal(identifiers_append(table, &it), EEXIST);
    it = card(3, "103");
    (void)snprintf(it.link_id, sizeof(it.link_id), "link-2");
    assert_int_equal(identifiers_append(table, &it), EEXIST);
    it.type = IDENTIFIER_QR;
    assert_int_equal(identifiers_append(table, &it), EINVAL);
    assert_int_equal(identifiers_count(table), 2);
    identifiers_free(table);
}

static void test_table_is_bounded(void **state)
{
    struct identifiers *table = table_of(IDENTIFIERS_MAX);
    struct identifier it = card(IDENTIFIERS_MAX + 1, "1");
    struct identifiers_batch *batch = NULL;
    uint32_t *all = calloc(IDENTIFIERS_MAX, sizeof(*all));

    (void)state;
    assert_non_null(all);
    assert_int_equal(identifiers_append(table, &it), ENOSPC);
    it = card(IDENTIFIERS_MAX, "1"); /* one that is there */
    assert_int_equal(identifiers_batch_new(table, &it, 1, &batch), 0);
    assert_null(identifiers_batch_free(batch));
    assert_int_equal(find_card(table, "50100"), 50000);
    for (uint32_t i = 0; i < IDENTIFIERS_MAX; i++)
        all[i] = i + 1;
    identifiers_remove(table, all, IDENTIFIERS_MAX);
    assert_int_equal(identifiers_count(table), 0);
    assert_int_equal(find_card(table, "50100"), 0);
    free(all);
    identifiers_free(table);
}

static size_t list(const struct identifiers *table, const struct identifiers_filter *filter,
                   struct identifiers_page page, uint32_t uids[8])
{
    size_t total, n;

    memset(uids, 0, 8 * sizeof(uids[0]));
    n = identifiers_list(table, filter, &page, uids, &total);
    assert_true(n <= page.limit && n <= total);
    return total;
}

static void test_pages(void **state)
{
    static const struct identifiers_filter none = {.number = NULL};
    struct identifiers *table = table_of(10);
    uint32_t uids[8];

    (void)state;
    assert_int_equal(list(table, &none, (struct identifiers_page){0, 3, false}, uids), 10);
    assert_true(uids[0] == 1 && uids[2] == 3 && uids[3] == 0);
    assert_int_equal(list(table, &none, (struct identifiers_page){9, 3, false}, uids), 10);
    assert_true(uids[0] == 10 && uids[1] == 0);
    assert_int_equal(list(table, &none, (struct identifiers_page){10, 3, false}, uids), 10);
    assert_true(uids[0] == 0);
    assert_int_equal(list(table, &none, (struct identifiers_page){8, 3, true}, uids), 10);
    assert_true(uids[0] == 2 && uids[1] == 1 && uids[2] == 0);
    identifiers_free(table);
}

static void test_filters(void **state)
{
    static const enum identifier_type code = IDENTIFIER_CODE;
    static const enum identifier_lock second = IDENTIFIER_SECOND;
    const struct identifiers_page page = {0, 8, false}, rest = {1, 8, false};
    struct identifiers *table = table_of(10);
    struct identifier it = card(11, "103");
    uint32_t uids[8];

    (void)state;
    it.type = IDENTIFIER_CODE;
    put(table, &it, 1);
    /* The same digits are a card and a code; in another spelling only the card. */
    assert_int_equal(list(table, &(struct identifiers_filter){.number = "103"}, page, uids), 2);
    assert_true(uids[0] == 3 && uids[1] == 11);
    assert_int_equal(list(table, &(struct identifiers_filter){.number = "103"},
                          (struct identifiers_page){0, 1, true}, uids),
                     2);
    assert_true(uids[0] == 11 && uids[1] == 0);
    assert_int_equal(list(table, &(struct identifiers_filter){.number = "000103"}, page, uids), 1);
    assert_int_equal(list(table, &(struct identifiers_filter){.number = "00:67"}, page, uids), 1);
    assert_true(uids[0] == 3);
    assert_int_equal(list(table, &(struct identifiers_filter){.number = "x"}, page, uids), 0);
    assert_int_equal(
        list(table, &(struct identifiers_filter){.number = "103", .type = &code}, page, uids), 1);
    assert_true(uids[0] == 11);
    assert_int_equal(list(table, &(struct identifiers_filter){.type = &code}, page, uids), 1);
    assert_int_equal(list(table, &(struct identifiers_filter){.lock = &second}, rest, uids), 11);
    assert_true(uids[0] == 2 && uids[7] == 9);
    assert_int_equal(list(table, &(struct identifiers_filter){.name = "flat 0"}, page, uids), 3);
    assert_true(uids[0] == 3 && uids[2] == 9);
    assert_int_equal(list(table, &(struct identifiers_filter){.is_linked = true}, page, uids), 5);
    assert_int_equal(list(table, &(struct identifiers_filter){.link_id = "link-4"}, page, uids), 1);
    assert_true(uids[0] == 4);
    assert_int_equal(list(table, &(struct identifiers_filter){.link_id = "link-5"}, page, uids), 0);
    identifiers_free(table);
}

static void test_match(void **state)
{
    struct identifiers *table = table_of(3);
    struct identifier it = card(4, "AA:BB:CC:DD"), got;

    (void)state;
    it.is_time_permanent = it.is_passes_permanent = false;
    it.from_s = NOW_S;
    it.to_s = NOW_S + 10;
    it.max_passes = it.passes_left = 2;
    put(table, &it, 1);
    assert_int_equal(identifiers_match(table, IDENTIFIER_CARD, "00-65", 0, &got),
                     IDENTIFIERS_GRANTED);
    assert_int_equal(got.uid, 1);
    assert_int_equal(got.lock, IDENTIFIER_SECOND);
    assert_int_equal(identifiers_match(table, IDENTIFIER_CARD, "999", NOW_S, &got),
                     IDENTIFIERS_UNKNOWN);
    assert_int_equal(identifiers_match(table, IDENTIFIER_CODE, "101", NOW_S, &got),
                     IDENTIFIERS_UNKNOWN);
    assert_int_equal(identifiers_match(table, IDENTIFIER_CARD, "no card", NOW_S, &got),
                     IDENTIFIERS_UNKNOWN);
    assert_int_equal(identifiers_match(table, IDENTIFIER_CARD, "2864434397", NOW_S - 1, &got),
                     IDENTIFIERS_NOT_YET);
    assert_int_equal(identifiers_match(table, IDENTIFIER_CARD, "aa-bb-cc-dd", NOW_S + 11, &got),
                     IDENTIFIERS_EXPIRED);
    assert_int_equal(identifiers_match(table, IDENTIFIER_CARD, "aa-bb-cc-dd", 5, &got),
                     IDENTIFIERS_NO_CLOCK);
    assert_int_equal(identifiers_match(table, IDENTIFIER_CARD, "aa-bb-cc-dd", NOW_S, &got),
                     IDENTIFIERS_GRANTED);
    assert_true(identifiers_use_pass(table, 4));
    assert_true(identifiers_use_pass(table, 4));
    assert_false(identifiers_use_pass(table, 4));
    assert_false(identifiers_use_pass(table, 1)); /* has no count */
    assert_false(identifiers_use_pass(table, 99));
    assert_int_equal(identifiers_match(table, IDENTIFIER_CARD, "aa-bb-cc-dd", NOW_S, &got),
                     IDENTIFIERS_NO_PASSES);
    identifiers_free(table);
}

/* A change is on its way to the disk when somebody comes in. */
static void test_a_pass_used_meanwhile_stays_used(void **state)
{
    struct identifiers *table = table_of(0);
    struct identifiers_batch *batch = NULL;
    struct identifier it = card(1, "5"), got;

    (void)state;
    it.is_passes_permanent = false;
    it.max_passes = it.passes_left = 2;
    put(table, &it, 1);
    assert_int_equal(identifiers_batch_new(table, &it, 1, &batch), 0);
    assert_true(identifiers_use_pass(table, 1));
    identifiers_batch_apply(table, batch);
    assert_int_equal(identifiers_find(table, 1, &got), 0);
    assert_int_equal(got.passes_left, 1);
    it.max_passes = it.passes_left = 3; /* other rules: they start anew */
    put(table, &it, 1);
    assert_int_equal(identifiers_find(table, 1, &got), 0);
    assert_int_equal(got.passes_left, 3);
    identifiers_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_members_come_back),
        cmocka_unit_test(test_numbers_and_links_follow_changes),
        cmocka_unit_test(test_what_is_removed_is_gone),
        cmocka_unit_test(test_uids_are_never_given_again),
        cmocka_unit_test(test_read_twice_is_refused),
        cmocka_unit_test(test_table_is_bounded),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_match),
        cmocka_unit_test(test_a_pass_used_meanwhile_stays_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
