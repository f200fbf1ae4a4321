/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdbool.h>

#include "access/uid_index.h"

enum { UIDS = 3000 };

/* Few hashes, and such as lie at the end of the ring: they stand in each other's way. */
static uint32_t hash_of(uint32_t uid)
{
    return uid % 7 ? 0xfffffff0U + uid % 40 : uid * 2654435761U;
}

static bool has(const struct uid_index *index, uint32_t uid)
{
    size_t steps = 0;
    uint32_t found;

    while ((found = uid_index_next(index, hash_of(uid), &steps))) {
        if (found == uid)
            return true;
    }
    return false;
}

static void test_what_is_added_is_found(void **state)
{
    struct uid_index index = {.slots = NULL};
    bool is_in[UIDS + 1] = {false};
    uint32_t dice = 1;
    size_t count = 0;

    (void)state;
    assert_false(has(&index, 1));
    uid_index_remove(&index, 1, 1);
    for (unsigned round = 0; round < 20000; round++) {
        uint32_t uid;

        dice = dice * 1664525 + 1013904223;
        uid = (dice >> 8) % 300 + 1;
        assert_int_equal(has(&index, uid), is_in[uid]);
        if (is_in[uid]) {
            uid_index_remove(&index, hash_of(uid), uid);
            count--;
        } else {
            assert_int_equal(uid_index_reserve(&index, ++count), 0);
            uid_index_add(&index, hash_of(uid), uid);
        }
        is_in[uid] = !is_in[uid];
        assert_int_equal(index.count, count);
        assert_false(is_in[uid] != has(&index, uid));
    }
    for (uint32_t uid = 1; uid <= 300; uid++)
        assert_int_equal(has(&index, uid), is_in[uid]);
    uid_index_done(&index);
}

static void test_it_grows_and_stays_half_empty(void **state)
{
    struct uid_index index = {.slots = NULL};

    (void)state;
    for (uint32_t uid = 1; uid <= UIDS; uid++) {
        assert_int_equal(uid_index_reserve(&index, uid), 0);
        uid_index_add(&index, hash_of(uid), uid);
        assert_true(index.count <= index.room / 2);
    }
    for (uint32_t uid = 1; uid <= UIDS; uid++)
        assert_true(has(&index, uid));
    uid_index_remove(&index, 5, UIDS + 1); /* not there */
    assert_int_equal(index.count, UIDS);
    uid_index_done(&index);
    assert_false(has(&index, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_added_is_found),
        cmocka_unit_test(test_it_grows_and_stays_half_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
