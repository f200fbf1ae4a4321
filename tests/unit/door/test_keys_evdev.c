/* SPDX-License-Identifier: MIT */
/* A FIFO is the device; what is asked of the kernel besides reading is played here. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hand_clock.h"
#include "base/loop.h"
#include "base/timer.h"
#include "door/keys_evdev.h"

static char dir[] = "/tmp/test_keys_XXXXXX", path[64];
static int writer = -1, watched = -1, grab_err, n_grabs;
static loop_fd_fn *ready;
static void *ready_arg;
static char pressed[200], told[200];
static struct keys_evdev *keys;

int __wrap_loop_watch_named(int fd, int events, loop_fd_fn *fn, void *arg, const char *name);
void __wrap_loop_unwatch(int fd);
int __wrap_ioctl(int fd, unsigned long order, ...);

int __wrap_loop_watch_named(int fd, int events, loop_fd_fn *fn, void *arg, const char *name)
{
    (void)name;
    assert_int_equal(events, LOOP_READ);
    watched = fd;
    ready = fn;
    ready_arg = arg;
    return 0;
}

void __wrap_loop_unwatch(int fd)
{
    if (fd == watched)
        watched = -1;
}

int __wrap_ioctl(int fd, unsigned long order, ...)
{
    (void)fd;
    assert_true(order == EVIOCGRAB);
    n_grabs++;
    errno = grab_err;
    return grab_err ? -1 : 0;
}

static void on_key(char key, void *arg)
{
    size_t len = strlen(pressed);

    (void)arg;
    pressed[len] = key;
    pressed[len + 1] = '\0';
}

static void on_state(int err, void *arg)
{
    size_t len = strlen(told);

    (void)arg;
    (void)snprintf(told + len, sizeof(told) - len, "%d ", err);
}

static void advance(uint64_t ms)
{
    hand_clock_advance_ms(ms);
    timer_run_due();
}

static void plug_in(void)
{
    assert_int_equal(mkfifo(path, 0600), 0);
    writer = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    assert_true(writer >= 0);
}

static void unplug(void)
{
    (void)close(writer);
    writer = -1;
    (void)unlink(path);
}

static int setup(void **state)
{
    const struct keys_evdev_config config = {.path = path, .pressed = on_key, .state = on_state};

    (void)state;
    hand_clock_stand();
    pressed[0] = told[0] = '\0';
    grab_err = n_grabs = 0;
    (void)snprintf(path, sizeof(path), "%s/event0", dir);
    assert_int_equal(keys_evdev_new(&config, &keys), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    keys = keys_evdev_free(keys);
    assert_int_equal(watched, -1);
    unplug();
    return 0;
}

static void feed(unsigned short type, unsigned short code, int value)
{
    const struct input_event event = {.type = type, .code = code, .value = value};

    assert_int_equal(write(writer, &event, sizeof(event)), sizeof(event));
}

static void stroke(unsigned short code)
{
    feed(EV_KEY, code, 1);
    feed(EV_SYN, SYN_REPORT, 0);
    feed(EV_KEY, code, 2); /* held */
    feed(EV_KEY, code, 0);
}

static void test_keys(void **state)
{
    (void)state;
    plug_in();
    advance(0);
    assert_int_equal(n_grabs, 1);
    assert_string_equal(told, "");
    stroke(KEY_1);
    stroke(KEY_KP0);
    stroke(KEY_Z); /* none of ours */
    stroke(KEY_A);
    stroke(KEY_MINUS);
    feed(EV_KEY, KEY_LEFTSHIFT, 1);
    stroke(KEY_3);
    stroke(KEY_SEMICOLON);
    feed(EV_KEY, KEY_LEFTSHIFT, 0);
    stroke(KEY_3);
    ready(LOOP_READ, ready_arg);
    stroke(KEY_ENTER);
    stroke(KEY_ESC);
    ready(LOOP_READ, ready_arg);
    assert_string_equal(pressed, "10A-#:3\n\b");
    ready(LOOP_READ, ready_arg); /* nothing there */
    assert_string_equal(told, "");
}

/* The kernel has dropped some: what is left of that report does not count. */
static void test_lost_events(void **state)
{
    (void)state;
    plug_in();
    advance(0);
    feed(EV_SYN, SYN_DROPPED, 0);
    feed(EV_KEY, KEY_5, 1);
    feed(EV_SYN, SYN_REPORT, 0);
    feed(EV_KEY, KEY_6, 1);
    ready(LOOP_READ, ready_arg);
    assert_string_equal(pressed, "6");
}

static void test_comes_later_and_again(void **state)
{
    char want[40];

    (void)state;
    advance(0);
    advance(KEYS_EVDEV_RETRY_MS);
    (void)snprintf(want, sizeof(want), "%d ", ENOENT);
    assert_string_equal(told, want); /* once */
    plug_in();
    grab_err = EBUSY; /* somebody else has it */
    advance(KEYS_EVDEV_RETRY_MS);
    assert_int_equal(watched, -1);
    grab_err = 0;
    advance(KEYS_EVDEV_RETRY_MS);
    assert_true(watched >= 0);
    (void)snprintf(want, sizeof(want), "%d %d 0 ", ENOENT, EBUSY);
    assert_string_equal(told, want);
    unplug();
    told[0] = '\0';
    ready(LOOP_READ, ready_arg); /* the end of the file */
    assert_int_equal(watched, -1);
    plug_in();
    advance(KEYS_EVDEV_RETRY_MS);
    (void)snprintf(want, sizeof(want), "%d 0 ", ENODEV);
    assert_string_equal(told, want);
    stroke(KEY_7);
    ready(LOOP_READ, ready_arg);
    assert_string_equal(pressed, "7");
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(keys_evdev_path("evdev:/dev/input/event3"), "/dev/input/event3");
    assert_null(keys_evdev_path("evdev:event3"));
    assert_null(keys_evdev_path("none"));
    assert_null(keys_evdev_path("/dev/input/event3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lost_events, setup, teardown),
        cmocka_unit_test_setup_teardown(test_comes_later_and_again, setup, teardown),
        cmocka_unit_test(test_names),
    };
    int result;

    if (!mkdtemp(dir))
        return 1;
    result = cmocka_run_group_tests(tests, NULL, NULL);
    (void)rmdir(dir);
    return result;
}
