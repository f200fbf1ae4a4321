/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdbool.h>

#include <re_types.h>
#include <re_sa.h>

#include "media/rtp_source.h"

static struct rtp_source *source;
static struct sa told, near, nat, stranger, other;

static int set_up(void **state)
{
    (void)state;
    (void)sa_set_str(&told, "10.0.0.1", 4000);
    (void)sa_set_str(&near, "10.0.0.1", 4444);
    (void)sa_set_str(&nat, "198.51.100.1", 30000);
    (void)sa_set_str(&stranger, "203.0.113.66", 6666);
    (void)sa_set_str(&other, "10.0.0.9", 5000);
    return rtp_source_new(&source);
}

static int tear_down(void **state)
{
    (void)state;
    source = rtp_source_free(source);
    assert_null(rtp_source_free(NULL));
    return 0;
}

static bool target_is(const struct sa *addr)
{
    const struct sa *target = rtp_source_target(source);

    return target && sa_cmp(target, addr, SA_ALL);
}

static void test_the_first_is_heard_and_no_stranger(void **state)
{
    (void)state;
    assert_null(rtp_source_target(source));
    rtp_source_tell(source, &told, 0);
    assert_true(target_is(&told));
    assert_true(rtp_source_hear(source, &nat, 100));
    assert_true(target_is(&nat));
    for (uint64_t at_ms = 120; at_ms < 20000; at_ms += 20) {
        assert_false(rtp_source_hear(source, &stranger, at_ms));
        assert_true(rtp_source_hear(source, &nat, at_ms));
    }
    assert_true(target_is(&nat));
}

static void test_who_is_told_comes_before_all_others(void **state)
{
    (void)state;
    rtp_source_tell(source, &told, 0);
    assert_true(rtp_source_hear(source, &stranger, 1));
    assert_true(rtp_source_hear(source, &near, 2));
    assert_false(rtp_source_hear(source, &stranger, 3));
    assert_true(rtp_source_hear(source, &told, 4));
    assert_false(rtp_source_hear(source, &near, 5));
    assert_false(rtp_source_hear(source, &stranger, 5));
    assert_true(target_is(&told));
}

/* A NAT forgets who sends nothing, and takes another port for it then. */
static void test_after_silence_another_port_may_come(void **state)
{
    struct sa nat_again = nat;

    (void)state;
    sa_set_port(&nat_again, 30001);
    rtp_source_tell(source, &told, 0);
    assert_true(rtp_source_hear(source, &nat, 1000));
    assert_false(rtp_source_hear(source, &nat_again, 1000 + RTP_SOURCE_SILENT_MS - 1));
    assert_true(rtp_source_hear(source, &nat_again, 1000 + RTP_SOURCE_SILENT_MS));
    assert_true(target_is(&nat_again));
}

/* Who is found by what it sends keeps its place, too. */
static void test_after_silence_no_other_host_comes(void **state)
{
    (void)state;
    rtp_source_tell(source, &told, 0);
    assert_true(rtp_source_hear(source, &nat, 1000));
    assert_false(rtp_source_hear(source, &stranger, 1000 + RTP_SOURCE_SILENT_MS));
    assert_false(rtp_source_hear(source, &stranger, 1000 + 100 * RTP_SOURCE_SILENT_MS));
    assert_true(target_is(&nat));
    assert_true(rtp_source_hear(source, &told, 1000 + 101 * RTP_SOURCE_SILENT_MS));
}

/* Some phones send nothing while nobody speaks. */
static void test_silence_of_who_was_told_lets_no_stranger_in(void **state)
{
    (void)state;
    rtp_source_tell(source, &told, 0);
    assert_true(rtp_source_hear(source, &told, 1000));
    assert_false(rtp_source_hear(source, &stranger, 1000 + RTP_SOURCE_SILENT_MS));
    assert_false(rtp_source_hear(source, &stranger, 1000 + 100 * RTP_SOURCE_SILENT_MS));
    assert_true(target_is(&told));
    assert_false(rtp_source_hear(source, &near, 1000 + RTP_SOURCE_SILENT_MS - 1));
    assert_true(rtp_source_hear(source, &near, 1000 + RTP_SOURCE_SILENT_MS));
    assert_false(rtp_source_hear(source, &stranger, 1000 + 3 * RTP_SOURCE_SILENT_MS));
    assert_true(rtp_source_hear(source, &told, 1000 + 3 * RTP_SOURCE_SILENT_MS));
}

static void test_a_new_address_is_sent_to_at_once(void **state)
{
    (void)state;
    rtp_source_tell(source, &told, 0);
    assert_true(rtp_source_hear(source, &nat, 10));
    rtp_source_tell(source, &other, 1000);
    assert_true(target_is(&other));
    assert_false(rtp_source_hear(source, &nat, 1010)); /* was under way */
    assert_true(target_is(&other));
    assert_true(
        rtp_source_hear(source, &nat, 1000 + RTP_SOURCE_LEFT_MS)); /* stays behind its NAT */
    assert_true(rtp_source_hear(source, &other, 2000));
    assert_true(target_is(&other));
}

static void test_hold_changes_nothing(void **state)
{
    struct sa nowhere;

    (void)state;
    rtp_source_tell(source, &told, 0);
    assert_true(rtp_source_hear(source, &nat, 10));
    assert_int_equal(sa_set_str(&nowhere, "0.0.0.0", 4000), 0);
    rtp_source_tell(source, &nowhere, 20);
    assert_int_equal(sa_set_str(&nowhere, "::", 4000), 0);
    rtp_source_tell(source, &nowhere, 20);
    rtp_source_tell(source, &told, 30);
    assert_true(target_is(&nat));
    assert_true(rtp_source_hear(source, &nat, 40));
}

static void test_ipv6(void **state)
{
    struct sa v6, same_address;

    (void)state;
    assert_int_equal(sa_set_str(&v6, "2001:db8::1", 4000), 0);
    assert_int_equal(sa_set_str(&same_address, "2001:db8::1", 4002), 0);
    rtp_source_tell(source, &v6, 0);
    assert_true(rtp_source_hear(source, &same_address, 1));
    assert_false(rtp_source_hear(source, &stranger, 2));
    assert_true(rtp_source_hear(source, &v6, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_first_is_heard_and_no_stranger, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who_is_told_comes_before_all_others, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_after_silence_another_port_may_come, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_after_silence_no_other_host_comes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_silence_of_who_was_told_lets_no_stranger_in, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_new_address_is_sent_to_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hold_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ipv6, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
