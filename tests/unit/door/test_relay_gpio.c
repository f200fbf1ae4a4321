/* SPDX-License-Identifier: MIT */
/* What is asked of the kernel, byte by byte; the kernel is played here. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <stdio.h>
#include <string.h>

#include "door/relay_gpio.h"

enum { CHIP_FD = 1000, LINE_FD = 1001 };

static struct {
    int open_err, request_err, set_err;
    char path[100];
    int flags;
    struct gpio_v2_line_request request;
    struct gpio_v2_line_values values;
    char calls[200]; /* "open request close:1000 set:1 " */
} kernel;

static void call(const char *name, int number)
{
    size_t len = strlen(kernel.calls);

    if (number >= 0)
        (void)snprintf(kernel.calls + len, sizeof(kernel.calls) - len, "%s:%d ", name, number);
    else
        (void)snprintf(kernel.calls + len, sizeof(kernel.calls) - len, "%s ", name);
}

static int refuse(int err)
{
    errno = err;
    return -1;
}

int __wrap_open(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_close(int fd);
int __wrap_ioctl(int fd, unsigned long order, ...);
int __real_close(int fd);

int __wrap_open(const char *path, int flags, ...)
{
    call("open", -1);
    (void)snprintf(kernel.path, sizeof(kernel.path), "%s", path);
    kernel.flags = flags;
    return kernel.open_err ? refuse(kernel.open_err) : CHIP_FD;
}

int __wrap_open64(const char *path, int flags, ...)
{
    return __wrap_open(path, flags);
}

int __wrap_close(int fd)
{
    if (fd != CHIP_FD && fd != LINE_FD)
        return __real_close(fd);
    call("close", fd);
    return 0;
}

int __wrap_ioctl(int fd, unsigned long order, ...)
{
    va_list ap;
    void *arg;

    va_start(ap, order);
    arg = va_arg(ap, void *);
    va_end(ap);
    if (order == GPIO_V2_GET_LINE_IOCTL) {
        assert_int_equal(fd, CHIP_FD);
        call("request", -1);
        memcpy(&kernel.request, arg, sizeof(kernel.request));
        if (kernel.request_err)
            return refuse(kernel.request_err);
        ((struct gpio_v2_line_request *)arg)->fd = LINE_FD;
        return 0;
    }
    assert_true(order == GPIO_V2_LINE_SET_VALUES_IOCTL);
    assert_int_equal(fd, LINE_FD);
    memcpy(&kernel.values, arg, sizeof(kernel.values));
    assert_int_equal(kernel.values.mask, 1);
    call("set", (int)kernel.values.bits);
    return kernel.set_err ? refuse(kernel.set_err) : 0;
}

static void assert_calls(const char *what)
{
    assert_string_equal(kernel.calls, what);
    kernel.calls[0] = '\0';
}

static struct relay *make(const char *text)
{
    struct relay_gpio_place place;
    struct relay *relay = NULL;

    assert_int_equal(relay_gpio_parse(text, &place), 0);
    assert_int_equal(relay_gpio_new(&place, &relay), 0);
    assert_calls("");
    return relay;
}

static int setup(void **state)
{
    (void)state;
    memset(&kernel, 0, sizeof(kernel));
    return 0;
}

static void test_off_from_the_first_request(void **state)
{
    struct gpio_v2_line_request want;
    struct relay *relay = make("/dev/gpiochip0:17");

    (void)state;
    assert_string_equal(relay->name, "gpio:/dev/gpiochip0:17");
    assert_int_equal(relay->set(relay, false), 0);
    assert_calls("open request close:1000 set:0 ");
    assert_string_equal(kernel.path, "/dev/gpiochip0");
    assert_int_equal(kernel.flags & O_ACCMODE, O_RDWR);
    assert_true(kernel.flags & O_CLOEXEC);
    assert_true(kernel.flags & O_NONBLOCK);
    memset(&want, 0, sizeof(want));
    want.offsets[0] = 17;
    memcpy(want.consumer, "portero", 7);
    want.config.flags = GPIO_V2_LINE_FLAG_OUTPUT;
    want.config.num_attrs = 1;
    want.config.attrs[0].attr.id = GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES;
    want.config.attrs[0].mask = 1;
    want.num_lines = 1;
    assert_memory_equal(&kernel.request, &want, sizeof(want));
    relay->free(relay);
}

static void test_on_and_off(void **state)
{
    struct relay *relay = make("/dev/gpiochip0:0");

    (void)state;
    assert_int_equal(relay->set(relay, true), 0);
    assert_calls("open request close:1000 set:1 ");
    assert_int_equal(kernel.request.config.attrs[0].attr.values, 0);
    assert_int_equal(relay->set(relay, true), 0); /* once more at the hardware */
    assert_int_equal(relay->set(relay, false), 0);
    assert_calls("set:1 set:0 ");
    assert_int_equal(relay->set(relay, true), 0);
    relay->free(relay);
    assert_calls("set:1 set:0 close:1001 ");
}

/* The kernel turns the values round: on stays 1. */
static void test_active_low(void **state)
{
    struct relay *relay = make("/dev/gpiochip1:3:low");

    (void)state;
    assert_string_equal(relay->name, "gpio:/dev/gpiochip1:3:low");
    assert_int_equal(relay->set(relay, true), 0);
    assert_calls("open request close:1000 set:1 ");
    assert_int_equal(kernel.request.config.flags,
                     GPIO_V2_LINE_FLAG_OUTPUT | GPIO_V2_LINE_FLAG_ACTIVE_LOW);
    assert_int_equal(kernel.request.config.attrs[0].attr.values, 0);
    assert_int_equal(kernel.request.offsets[0], 3);
    relay->free(relay);
}

static void test_no_chip_or_line_yet(void **state)
{
    struct relay *relay = make("/dev/gpiochip0:17");

    (void)state;
    kernel.open_err = ENOENT;
    assert_int_equal(relay->set(relay, false), ENOENT);
    assert_calls("open ");
    kernel.open_err = 0;
    kernel.request_err = EBUSY;
    assert_int_equal(relay->set(relay, false), EBUSY);
    assert_calls("open request close:1000 ");
    kernel.request_err = 0;
    assert_int_equal(relay->set(relay, false), 0);
    assert_calls("open request close:1000 set:0 ");
    relay->free(relay);
    assert_calls("set:0 close:1001 ");
}

static void test_unplugged_chip_is_opened_again(void **state)
{
    struct relay *relay = make("/dev/gpiochip0:17");

    (void)state;
    assert_int_equal(relay->set(relay, true), 0);
    kernel.calls[0] = '\0';
    kernel.set_err = ENODEV;
    assert_int_equal(relay->set(relay, false), ENODEV);
    assert_calls("set:0 close:1001 ");
    kernel.set_err = 0;
    assert_int_equal(relay->set(relay, false), 0);
    assert_calls("open request close:1000 set:0 ");
    relay->free(relay);
}

static void test_freed_without_a_line(void **state)
{
    struct relay *relay = make("/dev/gpiochip0:17");

    (void)state;
    kernel.open_err = EACCES;
    assert_int_equal(relay->set(relay, false), EACCES);
    relay->free(relay);
    assert_calls("open ");
}

static void test_places(void **state)
{
    static const char *const bad[] = {"",
                                      ":",
                                      "/dev/gpiochip0",
                                      "/dev/gpiochip0:",
                                      "/dev/gpiochip0:x",
                                      "/dev/gpiochip0:-1",
                                      "/dev/gpiochip0:1:",
                                      "/dev/gpiochip0:1:high",
                                      "/dev/gpiochip0:1:low:",
                                      "gpiochip0:1",
                                      "/dev/gpiochip0:10000",
                                      "/dev/gpiochip0: 1",
                                      "/dev/gpiochip0::low",
                                      "/dev/gpiochip0:1x"};
    char text[RELAY_GPIO_MAX_CHIP + 20];
    struct relay_gpio_place place;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(relay_gpio_parse(bad[i], &place), EINVAL);
    assert_int_equal(relay_gpio_parse("/dev/gpiochip12:9999:low", &place), 0);
    assert_string_equal(place.chip, "/dev/gpiochip12");
    assert_int_equal(place.line, 9999);
    assert_true(place.is_active_low);

    (void)snprintf(text, sizeof(text), "/%0*d:1", RELAY_GPIO_MAX_CHIP - 1, 0);
    assert_int_equal(relay_gpio_parse(text, &place), 0);
    assert_int_equal(strlen(place.chip), RELAY_GPIO_MAX_CHIP);
    assert_false(place.is_active_low);
    (void)snprintf(text, sizeof(text), "/%0*d:1", RELAY_GPIO_MAX_CHIP, 0);
    assert_int_equal(relay_gpio_parse(text, &place), EINVAL);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_off_from_the_first_request),
        TEST(test_on_and_off),
        TEST(test_active_low),
        TEST(test_no_chip_or_line_yet),
        TEST(test_unplugged_chip_is_opened_again),
        TEST(test_freed_without_a_line),
        TEST(test_places),
    };

    return cmocka_run_group_tests_name("relay_gpio", tests, NULL, NULL);
}
