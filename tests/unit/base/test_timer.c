/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_list.h>
#include <re_tmr.h>

#include "base/clock.h"
#include "base/hand_clock.h"
#include "base/timer.h"

enum { MAX_FIRED = 16 };

static struct {
    const void *args[MAX_FIRED];
    unsigned n;
} fired;

static void note(void *arg)
{
    assert_true(fired.n < MAX_FIRED);
    fired.args[fired.n++] = arg;
}

static int setup(void **state)
{
    (void)state;
    hand_clock_stand();
    memset(&fired, 0, sizeof(fired));
    assert_int_equal(timer_next_ms(), 0); /* the test before has left nothing */
    return 0;
}

static void advance(uint64_t ms)
{
    hand_clock_advance_ms(ms);
    timer_run_due();
}

static void test_fires_in_order_of_time(void **state)
{
    static const unsigned delays_ms[] = {50, 10, 40, 20, 30};
    struct timer timers[5] = {0};

    (void)state;
    for (int i = 0; i < 5; i++)
        timer_start(&timers[i], delays_ms[i], note, &timers[i]);
    advance(9);
    assert_int_equal(fired.n, 0);
    advance(1);
    assert_int_equal(fired.n, 1);
    advance(100);
    assert_int_equal(fired.n, 5);
    assert_ptr_equal(fired.args[0], &timers[1]);
    assert_ptr_equal(fired.args[1], &timers[3]);
    assert_ptr_equal(fired.args[2], &timers[4]);
    assert_ptr_equal(fired.args[3], &timers[2]);
    assert_ptr_equal(fired.args[4], &timers[0]);
    for (int i = 0; i < 5; i++)
        assert_false(timer_is_running(&timers[i]));
}

static void test_only_the_last_start_counts(void **state)
{
    char first[] = "first", second[] = "second", third[] = "third", fourth[] = "fourth";
    struct timer timer = {0};

    (void)state;
    timer_start(&timer, 10, note, first);
    timer_start(&timer, 30, note, second);
    advance(29);
    assert_int_equal(fired.n, 0);
    advance(1);
    assert_int_equal(fired.n, 1);
    assert_string_equal(fired.args[0], "second");
    timer_start(&timer, 30, note, third);
    timer_start(&timer, 5, note, fourth);
    advance(5);
    assert_int_equal(fired.n, 2);
    advance(100);
    assert_int_equal(fired.n, 2);
}

static void test_stopped_does_not_fire(void **state)
{
    struct timer timers[3] = {0};

    (void)state;
    timer_stop(&timers[0]);
    for (int i = 0; i < 3; i++)
        timer_start(&timers[i], 10, note, &timers[i]);
    timer_stop(&timers[1]);
    timer_stop(&timers[1]);
    assert_false(timer_is_running(&timers[1]));
    assert_true(timer_is_running(&timers[0]));
    advance(10);
    assert_int_equal(fired.n, 2);
}

static struct timer victims[2];

static void stop_victims(void *arg)
{
    note(arg);
    timer_stop(&victims[0]);
    timer_stop(&victims[1]);
}

static void test_handler_stops_others_that_are_due(void **state)
{
    struct timer timer = {0};

    (void)state;
    timer_start(&timer, 1, stop_victims, NULL);
    timer_start(&victims[0], 2, note, NULL);
    timer_start(&victims[1], 3, note, NULL);
    advance(10);
    assert_int_equal(fired.n, 1);
    assert_int_equal(timer_next_ms(), 0);
}

static void free_itself(void *arg)
{
    note(arg);
    memset(arg, 0x5a, sizeof(struct timer));
    free(arg);
}

static void test_handler_may_free_the_timer(void **state)
{
    struct timer after = {0};

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        struct timer *timer = calloc(1, sizeof(*timer));

        assert_non_null(timer);
        timer_start(timer, i, free_itself, timer);
    }
    timer_start(&after, 10, note, &after);
    advance(10);
    assert_int_equal(fired.n, 6);
    assert_ptr_equal(fired.args[5], &after);
}

static struct timer started[3];

static void start_others(void *arg)
{
    note(arg);
    timer_start(&started[0], 0, note, &started[0]);
    timer_start(&started[1], 5, note, &started[1]);
    timer_start(&started[2], 1000, note, &started[2]);
}

static void test_handler_starts_others(void **state)
{
    struct timer timer = {0};

    (void)state;
    timer_start(&timer, 10, start_others, &timer);
    advance(10);
    assert_int_equal(fired.n, 2); /* the one without delay too */
    assert_ptr_equal(fired.args[1], &started[0]);
    advance(5);
    assert_int_equal(fired.n, 3);
    assert_ptr_equal(fired.args[2], &started[1]);
    timer_stop(&started[2]);
    advance(1000);
    assert_int_equal(fired.n, 3);
}

/* Takes some time, as handlers do; then the clock is past what the turn began with. */
static void start_another_later(void *arg)
{
    hand_clock_advance_ms(3);
    timer_start(&started[0], 0, note, arg);
}

static void test_no_delay_is_none_however_long_the_handler_took(void **state)
{
    struct timer timer = {0};

    (void)state;
    timer_start(&timer, 10, start_another_later, NULL);
    advance(10);
    assert_int_equal(fired.n, 1);
    assert_int_equal(timer_next_ms(), 0);
}

struct again {
    struct timer timer;
    unsigned n;
    uint64_t delay_ms, takes_ms;
};

static void start_again(void *arg)
{
    struct again *again = arg;

    again->n++;
    hand_clock_advance_ms(again->takes_ms);
    timer_start(&again->timer, again->delay_ms, start_again, again);
}

static void test_a_timer_that_restarts_itself(void **state)
{
    struct again again = {.delay_ms = 10};

    (void)state;
    timer_start(&again.timer, 10, start_again, &again);
    for (int i = 0; i < 100; i++)
        advance(10);
    assert_int_equal(again.n, 100);

    again.delay_ms = 0; /* for ever now: the loop must get its turn all the same */
    advance(10);
    assert_true(again.n > 100);
    assert_int_equal(timer_next_ms(), 1);

    again.takes_ms = 5;
    again.n = 0;
    advance(10);
    assert_int_equal(again.n, 5); /* not 10,000 times 5 ms */
    timer_stop(&again.timer);
}

static void test_how_long_the_loop_may_sleep(void **state)
{
    struct timer a = {0}, b = {0};

    (void)state;
    assert_int_equal(timer_next_ms(), 0);
    timer_start(&a, 100, note, NULL);
    assert_int_equal(timer_next_ms(), 100);
    timer_start(&b, 40, note, NULL);
    assert_int_equal(timer_next_ms(), 40);
    assert_int_equal(timer_left_ms(&a), 100);
    hand_clock_advance_ms(39);
    assert_int_equal(timer_next_ms(), 1);
    hand_clock_advance_ms(1);
    assert_int_equal(timer_next_ms(), 1); /* due: never 0, that means none */
    hand_clock_advance_ms(10);
    assert_int_equal(timer_next_ms(), 1);
    assert_int_equal(timer_left_ms(&b), 0);
    timer_run_due();
    assert_int_equal(timer_next_ms(), 50);
    timer_stop(&a);
    assert_int_equal(timer_left_ms(&a), 0);
    assert_int_equal(timer_next_ms(), 0);
}

static void test_steps_of_the_wall_clock_do_not_matter(void **state)
{
    struct timer timer = {0};

    (void)state;
    timer_start(&timer, 3000, note, NULL);
    hand_clock_step_unix_ms(3600 * 1000);
    timer_run_due();
    assert_int_equal(fired.n, 0);
    assert_int_equal(timer_next_ms(), 3000);
    hand_clock_step_unix_ms(-7200 * 1000);
    advance(2999);
    assert_int_equal(fired.n, 0);
    advance(1);
    assert_int_equal(fired.n, 1);
}

static void test_timers_of_the_sip_library_are_in_the_heap(void **state)
{
    struct timer before = {0}, after = {0};
    struct tmr tmr, other;

    (void)state;
    tmr_init(&tmr);
    tmr_init(&other);
    timer_start(&before, 10, note, &before);
    tmr_start(&tmr, 20, note, &tmr);
    timer_start(&after, 30, note, &after);
    tmr_start(&other, 5, note, &other);
    assert_int_equal(timer_next_ms(), 5);
    tmr_cancel(&other);
    assert_int_equal(timer_next_ms(), 10);
    assert_true(tmr_isrunning(&tmr));
    assert_false(tmr_isrunning(&other));
    assert_int_equal(tmr_get_expire(&tmr), 20);
    assert_int_equal(tmr_jiffies(), clock_monotonic_ms());
    hand_clock_step_unix_ms(3600 * 1000);
    assert_int_equal(tmr_next_timeout(NULL), 10);
    hand_clock_advance_ms(30);
    tmr_poll(NULL);
    assert_int_equal(fired.n, 3);
    assert_ptr_equal(fired.args[0], &before);
    assert_ptr_equal(fired.args[1], &tmr);
    assert_ptr_equal(fired.args[2], &after);
    assert_false(tmr_isrunning(&tmr));
}

/* ---- many, against a sorted list ---- */

enum { MANY = 20000, ROUNDS = 300, CHANGES = 400, MAX_DELAY_MS = 20000 };

static struct {
    struct timer timers[MANY];
    uint64_t due_ms[MANY];   /* 0: stopped */
    uint64_t fired_ms[MANY]; /* what was due, in the order of firing */
    size_t n_fired;
} many;

static void on_one_of_many(void *arg)
{
    size_t i = (size_t)((struct timer *)arg - many.timers);

    assert_true(many.due_ms[i] != 0);
    assert_true(many.n_fired < MANY);
    many.fired_ms[many.n_fired++] = many.due_ms[i];
    many.due_ms[i] = 0;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static void start_one_of_many(size_t i)
{
    uint64_t delay_ms = (uint64_t)(random() % MAX_DELAY_MS);

    timer_start(&many.timers[i], delay_ms, on_one_of_many, &many.timers[i]);
    many.due_ms[i] = clock_monotonic_ms() + delay_ms;
}

/* Run what is due and compare with what a sorted list says. */
static void check_many(void)
{
    static uint64_t due_ms[MANY];
    uint64_t now_ms = clock_monotonic_ms();
    uint64_t next_ms = 0;
    size_t n_due = 0;

    for (size_t i = 0; i < MANY; i++) {
        if (!many.due_ms[i])
            continue;
        if (many.due_ms[i] <= now_ms)
            due_ms[n_due++] = many.due_ms[i];
        else if (!next_ms || many.due_ms[i] < next_ms)
            next_ms = many.due_ms[i];
    }
    qsort(due_ms, n_due, sizeof(due_ms[0]), compare);
    many.n_fired = 0;
    timer_run_due();
    assert_int_equal(many.n_fired, n_due);
    assert_memory_equal(many.fired_ms, due_ms, n_due * sizeof(due_ms[0]));
    assert_int_equal(timer_next_ms(), next_ms ? next_ms - now_ms : 0);
}

static void test_many_timers_against_a_sorted_list(void **state)
{
    size_t n_fired = 0;

    (void)state;
    srandom(1);
    for (size_t i = 0; i < MANY; i++)
        start_one_of_many(i);
    for (int round = 0; round < ROUNDS; round++) {
        for (int change = 0; change < CHANGES; change++) {
            size_t i = (size_t)(random() % MANY);

            if (random() % 3) {
                start_one_of_many(i);
            } else {
                timer_stop(&many.timers[i]);
                many.due_ms[i] = 0;
            }
        }
        hand_clock_advance_ms((uint64_t)(random() % 100));
        check_many();
        n_fired += many.n_fired;
    }
    assert_true(n_fired > MANY / 2);
    for (int i = 0; i < MAX_DELAY_MS / 1000; i++) {
        hand_clock_advance_ms(1000);
        check_many();
    }
    assert_int_equal(timer_next_ms(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_fires_in_order_of_time, setup),
        cmocka_unit_test_setup(test_only_the_last_start_counts, setup),
        cmocka_unit_test_setup(test_stopped_does_not_fire, setup),
        cmocka_unit_test_setup(test_handler_stops_others_that_are_due, setup),
        cmocka_unit_test_setup(test_handler_may_free_the_timer, setup),
        cmocka_unit_test_setup(test_handler_starts_others, setup),
        cmocka_unit_test_setup(test_no_delay_is_none_however_long_the_handler_took, setup),
        cmocka_unit_test_setup(test_a_timer_that_restarts_itself, setup),
        cmocka_unit_test_setup(test_how_long_the_loop_may_sleep, setup),
        cmocka_unit_test_setup(test_steps_of_the_wall_clock_do_not_matter, setup),
        cmocka_unit_test_setup(test_timers_of_the_sip_library_are_in_the_heap, setup),
        cmocka_unit_test_setup(test_many_timers_against_a_sorted_list, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
