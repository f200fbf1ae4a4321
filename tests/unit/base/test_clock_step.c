/* SPDX-License-Identifier: MIT */
/* The clock of the machine is not set here: an eventfd plays the timer that the kernel cancels. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock_step.h"
#include "base/loop.h"
#include "base/loop_until.h"

static bool is_faked;
static int fake_err; /* of timerfd_create */
static int fake_fd;
static unsigned n_armed;
static unsigned n_stepped;

int __real_timerfd_create(int clock_id, int flags);
int __wrap_timerfd_create(int clock_id, int flags);
int __real_timerfd_settime(int fd, int flags, const struct itimerspec *new_value,
                           struct itimerspec *old_value);
int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *new_value,
                           struct itimerspec *old_value);

int __wrap_timerfd_create(int clock_id, int flags)
{
    assert_int_equal(clock_id, CLOCK_REALTIME);
    assert_int_equal(flags, TFD_CLOEXEC | TFD_NONBLOCK);
    if (fake_err) {
        errno = fake_err;
        return -1;
    }
    fake_fd =
        is_faked ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : __real_timerfd_create(clock_id, flags);
    return fake_fd;
}

int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *new_value,
                           struct itimerspec *old_value)
{
    assert_int_equal(fd, fake_fd);
    assert_int_equal(flags, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET);
    assert_true(new_value->it_value.tv_sec > time(NULL) + 365l * 24 * 3600);
    n_armed++;
    return is_faked ? 0 : __real_timerfd_settime(fd, flags, new_value, old_value);
}

static int setup(void **state)
{
    (void)state;
    is_faked = false;
    fake_err = 0;
    n_armed = n_stepped = 0;
    return loop_init();
}

static int teardown(void **state)
{
    (void)state;
    loop_done();
    return 0;
}

static void on_stepped(void *arg)
{
    assert_ptr_equal(arg, &n_stepped);
    n_stepped++;
}

static struct clock_step *make(void)
{
    struct clock_step *step = NULL;

    assert_int_equal(clock_step_new(on_stepped, &n_stepped, &step), 0);
    assert_non_null(step);
    return step;
}

static void test_no_call_without_a_step(void **state)
{
    struct clock_step *step = make();

    (void)state;
    assert_int_equal(n_armed, 1);
    loop_for_ms(50);
    assert_int_equal(n_stepped, 0);
    assert_null(clock_step_free(step));
    assert_int_equal(fcntl(fake_fd, F_GETFD), -1); /* closed */
}

static void test_each_step_is_told_once(void **state)
{
    struct clock_step *step;

    (void)state;
    is_faked = true;
    step = make();
    for (unsigned n = 1; n <= 3; n++) {
        assert_int_equal(eventfd_write(fake_fd, 1), 0);
        loop_for_ms(10);
        assert_int_equal(n_stepped, n);
        assert_int_equal(n_armed, n + 1); /* the next one will be told too */
    }
    assert_int_equal(eventfd_write(fake_fd, 1), 0);
    clock_step_free(step); /* with one not told yet */
    loop_for_ms(5);
    assert_int_equal(n_stepped, 3);
}

static void test_without_timers(void **state)
{
    struct clock_step *step = NULL;

    (void)state;
    fake_err = EMFILE;
    assert_int_equal(clock_step_new(on_stepped, NULL, &step), EMFILE);
    assert_null(step);
    assert_null(clock_step_free(NULL));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_no_call_without_a_step),
        CASE(test_each_step_is_told_once),
        CASE(test_without_timers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
