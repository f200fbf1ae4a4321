/* SPDX-License-Identifier: MIT */
/* What is asked of the kernel; the kernel is played here, a pipe brings its edges. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/hand_clock.h"
#include "base/loop.h"
#include "base/timer.h"
#include "door/line_gpio.h"
#include "door/relay_gpio.h"

static struct {
    int request_err, values_err;
    bool level;
    struct gpio_v2_line_request request;
    int pipe[2];
} kernel;

static int watched = -1;
static loop_fd_fn *ready;
static void *ready_arg;
static char told[200];
static struct line_gpio *line;

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
    va_list ap;
    void *arg;

    (void)fd;
    va_start(ap, order);
    arg = va_arg(ap, void *);
    va_end(ap);
    if (order == GPIO_V2_GET_LINE_IOCTL) {
        memcpy(&kernel.request, arg, sizeof(kernel.request));
        errno = kernel.request_err;
        if (kernel.request_err)
            return -1;
        assert_int_equal(pipe2(kernel.pipe, O_CLOEXEC), 0);
        ((struct gpio_v2_line_request *)arg)->fd = kernel.pipe[0];
        return 0;
    }
    assert_true(order == GPIO_V2_LINE_GET_VALUES_IOCTL);
    errno = kernel.values_err;
    ((struct gpio_v2_line_values *)arg)->bits = kernel.level;
    return kernel.values_err ? -1 : 0;
}

static void on_changed(bool is_active, void *arg)
{
    (void)arg;
    (void)snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s ",
                   is_active ? "on" : "off");
}

static void on_state(int err, void *arg)
{
    (void)arg;
    (void)snprintf(told + strlen(told), sizeof(told) - strlen(told), "err=%d ", err);
}

static void advance(uint64_t ms)
{
    hand_clock_advance_ms(ms);
    timer_run_due();
}

static void edge(bool is_rising)
{
    struct gpio_v2_line_event event;

    memset(&event, 0, sizeof(event));
    event.id = is_rising ? GPIO_V2_LINE_EVENT_RISING_EDGE : GPIO_V2_LINE_EVENT_FALLING_EDGE;
    assert_int_equal(write(kernel.pipe[1], &event, sizeof(event)), sizeof(event));
    kernel.level = is_rising;
}

static int setup(void **state)
{
    struct relay_gpio_place place;
    const struct line_gpio_config config = {
        .place = &place, .changed = on_changed, .state = on_state};

    (void)state;
    hand_clock_stand();
    memset(&kernel, 0, sizeof(kernel));
    kernel.pipe[1] = -1;
    told[0] = '\0';
    assert_true(line_gpio_parse("gpio:/dev/null:17:low", &place));
    assert_int_equal(line_gpio_new(&config, &line), 0);
    assert_string_equal(told, "");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    line = line_gpio_free(line);
    assert_int_equal(watched, -1);
    if (kernel.pipe[1] >= 0)
        (void)close(kernel.pipe[1]);
    return 0;
}

static void test_request(void **state)
{
    (void)state;
    advance(0);
    assert_int_equal(kernel.request.offsets[0], 17);
    assert_int_equal(kernel.request.num_lines, 1);
    assert_int_equal(kernel.request.config.flags,
                     GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_EDGE_RISING |
                         GPIO_V2_LINE_FLAG_EDGE_FALLING | GPIO_V2_LINE_FLAG_ACTIVE_LOW);
    assert_int_equal(kernel.request.config.attrs[0].attr.id, GPIO_V2_LINE_ATTR_ID_DEBOUNCE);
    assert_int_equal(kernel.request.config.attrs[0].attr.debounce_period_us,
                     LINE_GPIO_DEBOUNCE_MS * 1000);
    assert_string_equal(told, "off ");
}

static void test_edges(void **state)
{
    (void)state;
    kernel.level = true;
    advance(0);
    assert_string_equal(told, "on ");
    edge(false);
    ready(LOOP_READ, ready_arg);
    edge(true);
    edge(false); /* a short press, seen late */
    ready(LOOP_READ, ready_arg);
    assert_string_equal(told, "on off on off ");
    edge(true);
    kernel.level = false; /* its other edge was lost */
    ready(LOOP_READ, ready_arg);
    assert_string_equal(told, "on off on off on off ");
}

static void test_comes_later_and_again(void **state)
{
    char want[100];

    (void)state;
    kernel.request_err = ENOENT;
    advance(0);
    advance(LINE_GPIO_RETRY_MS);
    kernel.request_err = 0;
    advance(LINE_GPIO_RETRY_MS);
    (void)snprintf(want, sizeof(want), "err=%d off err=0 ", ENOENT);
    assert_string_equal(told, want);
    (void)close(kernel.pipe[1]); /* unplugged */
    kernel.pipe[1] = -1;
    ready(LOOP_READ, ready_arg);
    assert_int_equal(watched, -1);
    kernel.level = true;
    advance(LINE_GPIO_RETRY_MS);
    (void)snprintf(want, sizeof(want), "err=%d off err=0 err=%d on err=0 ", ENOENT, ENODEV);
    assert_string_equal(told, want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_request, setup, teardown),
        cmocka_unit_test_setup_teardown(test_edges, setup, teardown),
        cmocka_unit_test_setup_teardown(test_comes_later_and_again, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
