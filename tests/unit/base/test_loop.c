/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/capture.h"
#include "base/hand_clock.h"
#include "base/loop.h"
#include "base/loop_until.h"
#include "base/timer.h"

static int pipe_fds[2];

static int setup(void **state)
{
    (void)state;
    assert_int_equal(pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK), 0);
    return loop_init();
}

static int teardown(void **state)
{
    (void)state;
    loop_unwatch(pipe_fds[0]);
    loop_unwatch(pipe_fds[1]);
    loop_done();
    (void)close(pipe_fds[0]);
    (void)close(pipe_fds[1]);
    return 0;
}

static void write_byte(void)
{
    assert_int_equal(write(pipe_fds[1], "x", 1), 1);
}

struct reader {
    unsigned n;
    int events;
};

static void on_readable(int events, void *arg)
{
    struct reader *reader = arg;
    char byte;

    reader->n++;
    reader->events |= events;
    (void)!read(pipe_fds[0], &byte, 1);
}

static bool has_read(void *arg)
{
    return ((struct reader *)arg)->n > 0;
}

static void test_watch_and_unwatch(void **state)
{
    struct reader first = {0}, second = {0};

    (void)state;
    assert_int_equal(loop_watch(pipe_fds[0], LOOP_READ, on_readable, &first), 0);
    loop_for_ms(5);
    assert_int_equal(first.n, 0);
    write_byte();
    assert_true(loop_until(has_read, &first));
    assert_int_equal(first.events, LOOP_READ);

    assert_int_equal(loop_watch(pipe_fds[0], LOOP_READ, on_readable, &second), 0);
    write_byte();
    assert_true(loop_until(has_read, &second));
    assert_int_equal(first.n, 1);

    loop_unwatch(pipe_fds[0]);
    write_byte();
    loop_for_ms(5);
    assert_int_equal(second.n, 1);
}

static void on_writable(int events, void *arg)
{
    struct reader *reader = arg;

    reader->n++;
    reader->events |= events;
    loop_unwatch(pipe_fds[1]); /* from inside its own handler */
}

static void test_watch_for_room_to_write(void **state)
{
    struct reader reader = {0};

    (void)state;
    assert_int_equal(loop_watch(pipe_fds[1], LOOP_WRITE, on_writable, &reader), 0);
    assert_true(loop_until(has_read, &reader));
    loop_for_ms(5);
    assert_int_equal(reader.n, 1);
    assert_int_equal(reader.events, LOOP_WRITE);
}

static void test_only_so_many_descriptors(void **state)
{
    struct reader reader = {0};

    (void)state;
    assert_int_equal(loop_watch(-1, LOOP_READ, on_readable, &reader), EMFILE);
    assert_int_equal(loop_watch(LOOP_MAX_FDS, LOOP_READ, on_readable, &reader), EMFILE);
}

/* ---- posts ---- */

enum { POSTS = 1000 };

static struct {
    int numbers[POSTS];
    unsigned got[POSTS];
    unsigned n;
    pthread_t loop_thread;
    bool was_elsewhere;
} posts;

static void on_post(void *arg)
{
    int *number = arg;

    if (!pthread_equal(pthread_self(), posts.loop_thread))
        posts.was_elsewhere = true;
    posts.got[posts.n++] = (unsigned)*number;
}

static void *post_all(void *arg)
{
    (void)arg;
    for (int i = 0; i < POSTS; i++) {
        posts.numbers[i] = i;
        while (loop_post(on_post, &posts.numbers[i]))
            (void)usleep(100); /* the queue is full */
    }
    return NULL;
}

static bool has_all_posts(void *arg)
{
    (void)arg;
    return posts.n == POSTS;
}

static void test_posts_of_another_thread_come_in_order(void **state)
{
    pthread_t thread;

    (void)state;
    memset(&posts, 0, sizeof(posts));
    posts.loop_thread = pthread_self();
    assert_int_equal(pthread_create(&thread, NULL, post_all, NULL), 0);
    assert_true(loop_until(has_all_posts, NULL));
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_false(posts.was_elsewhere);
    for (unsigned i = 0; i < POSTS; i++)
        assert_int_equal(posts.got[i], i);
}

static void post_again(void *arg)
{
    unsigned *n = arg;

    if (++*n < 10)
        assert_int_equal(loop_post(post_again, n), 0);
}

static bool is_ten(void *arg)
{
    return *(unsigned *)arg == 10;
}

static void test_a_post_may_post(void **state)
{
    unsigned n = 0;

    (void)state;
    assert_int_equal(loop_post(post_again, &n), 0);
    assert_int_equal(n, 0); /* never from inside loop_post */
    assert_true(loop_until(is_ten, &n));
}

static void test_a_full_queue_is_told_and_never_blocks(void **state)
{
    unsigned n = 0, n_posted = 0;

    (void)state;
    (void)alarm(10);
    while (n_posted < 100000 && !loop_post(post_again, &n))
        n_posted++;
    (void)alarm(0);
    assert_in_range(n_posted, 100, 99999);
}

/* What was posted when the loop ends is given back: the leak checker looks. */
static void test_posts_that_come_too_late(void **state)
{
    unsigned n = 0;

    (void)state;
    for (int i = 0; i < 10; i++)
        assert_int_equal(loop_post(post_again, &n), 0);
}

/* ---- signals and slowness ---- */

static int signals[8];
static unsigned n_signals;

static void on_signal(int signal, void *arg)
{
    assert_ptr_equal(arg, signals);
    signals[n_signals++] = signal;
}

static bool has_three_signals(void *arg)
{
    (void)arg;
    return n_signals == 3;
}

static void *raise_all(void *arg)
{
    (void)arg;
    (void)kill(getpid(), SIGHUP);
    (void)kill(getpid(), SIGINT);
    (void)kill(getpid(), SIGTERM);
    (void)kill(getpid(), SIGPIPE); /* ignored */
    (void)kill(getpid(), SIGXFSZ); /* ignored */
    return NULL;
}

static void test_signals_are_told_on_the_loop(void **state)
{
    pthread_t thread;
    unsigned seen = 0;

    (void)state;
    assert_int_equal(loop_on_signal(on_signal, signals), 0);
    assert_int_equal(pthread_create(&thread, NULL, raise_all, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(n_signals, 0);
    assert_true(loop_until(has_three_signals, NULL));
    for (unsigned i = 0; i < n_signals; i++)
        seen |= 1u << signals[i];
    assert_int_equal(seen, 1u << SIGHUP | 1u << SIGINT | 1u << SIGTERM);
}

static void on_readable_slowly(int events, void *arg)
{
    on_readable(events, arg);
    hand_clock_advance_ms(LOOP_SLOW_MS + 50);
}

static void be_slow(void *arg)
{
    ((struct reader *)arg)->n++;
    hand_clock_advance_ms(LOOP_SLOW_MS + 50);
}

static void test_slow_handlers_are_logged_by_name(void **state)
{
    struct reader reader = {0}, timer_reader = {0};
    struct timer timer = {0};
    struct capture capture;
    char logged[1000];
    bool has_both;

    (void)state;
    assert_int_equal(loop_watch(pipe_fds[0], LOOP_READ, on_readable_slowly, &reader), 0);
    write_byte();
    capture_begin(&capture);
    has_both = loop_until(has_read, &reader);
    timer_start(&timer, 0, be_slow, &timer_reader);
    has_both = has_both && loop_until(has_read, &timer_reader);
    capture_read(&capture, logged, sizeof(logged));
    capture_end(&capture);
    assert_true(has_both);
    assert_non_null(strstr(logged, "loop: on_readable_slowly took 15"));
    assert_non_null(strstr(logged, "loop: be_slow took 15"));
}

static void test_quick_handlers_are_not_logged(void **state)
{
    struct reader reader = {0};
    struct capture capture;
    char logged[1000];
    bool has_come;

    (void)state;
    assert_int_equal(loop_watch(pipe_fds[0], LOOP_READ, on_readable, &reader), 0);
    write_byte();
    capture_begin(&capture);
    has_come = loop_until(has_read, &reader);
    capture_read(&capture, logged, sizeof(logged));
    capture_end(&capture);
    assert_true(has_come);
    assert_string_equal(logged, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_watch_and_unwatch, setup, teardown),
        cmocka_unit_test_setup_teardown(test_watch_for_room_to_write, setup, teardown),
        cmocka_unit_test_setup_teardown(test_only_so_many_descriptors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_posts_of_another_thread_come_in_order, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_post_may_post, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_full_queue_is_told_and_never_blocks, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_posts_that_come_too_late, setup, teardown),
        cmocka_unit_test_setup_teardown(test_signals_are_told_on_the_loop, setup, teardown),
        cmocka_unit_test_setup_teardown(test_slow_handlers_are_logged_by_name, setup, teardown),
        cmocka_unit_test_setup_teardown(test_quick_handlers_are_not_logged, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
