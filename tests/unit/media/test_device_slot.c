/* SPDX-License-Identifier: MIT */
/* A device that fails when it is told to, on the real clock moved by hand: its "now" is ours. */
#include "test.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/log.h"
#include "media/device_slot.h"
#include "media/sound.h"

static struct {
    struct device device;
    int open_err, ready_err, move_err;
    unsigned n_opened, n_closed;
} fake;

static void fake_close(struct device *device)
{
    assert_ptr_equal(device, &fake.device);
    fake.n_closed++;
}

static size_t fake_fds(struct device *device, struct pollfd fds[DEVICE_MAX_FDS])
{
    (void)device;
    fds[0] = (struct pollfd){.fd = 0};
    return 1;
}

static uint64_t fake_due_us(const struct device *device)
{
    (void)device;
    return UINT64_MAX;
}

static int fake_ready(struct device *device, struct pollfd *fds, uint64_t now_us)
{
    (void)device;
    (void)fds;
    (void)now_us;
    return fake.ready_err;
}

static int fake_read(struct device *device, int16_t *samples, uint64_t *ret_first_us)
{
    (void)device;
    samples[0] = 77;
    *ret_first_us = 1;
    return fake.move_err;
}

static int fake_write(struct device *device, const int16_t *samples)
{
    (void)device;
    (void)samples;
    return fake.move_err;
}

static const struct device_kind fake_kind = {
    .close = fake_close,
    .fds = fake_fds,
    .due_us = fake_due_us,
    .ready = fake_ready,
    .read = fake_read,
    .write = fake_write,
};

/* In place of sound.c's. */
int sound_open(const struct sound *sound, enum device_direction direction, unsigned period_ms,
               struct device **ret_device)
{
    (void)sound;
    (void)direction;
    assert_int_equal(period_ms, 20);
    if (fake.open_err)
        return fake.open_err;
    fake.n_opened++;
    fake.device.kind = &fake_kind;
    *ret_device = &fake.device;
    return 0;
}

static struct device_slot slot;
static int16_t samples[DEVICE_MAX_PERIOD];
static uint64_t first_us;

static int set_up(void **state)
{
    (void)state;
    memset(&fake, 0, sizeof(fake));
    log_set_level(LOG_LEVEL_ERROR);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    device_slot_close(&slot);
    assert_int_equal(fake.n_opened, fake.n_closed);
    return 0;
}

static uint64_t in_ms(unsigned ms)
{
    return device_clock_us() + ms * 1000;
}

static void assert_silence(void)
{
    assert_true(slot.is_lost);
    samples[0] = 1;
    assert_true(device_slot_is_ready(&slot, NULL, in_ms(100)));
    assert_true(device_slot_read(&slot, samples, &first_us));
    assert_int_equal(samples[0], 0);
}

static void test_a_good_device(void **state)
{
    struct pollfd fds[DEVICE_MAX_FDS];

    (void)state;
    device_slot_open(&slot, NULL, DEVICE_MICROPHONE, 20);
    assert_false(slot.is_lost);
    assert_int_equal(device_slot_fds(&slot, fds), 1);
    assert_true(device_slot_is_ready(&slot, NULL, in_ms(0)));
    assert_true(device_slot_read(&slot, samples, &first_us));
    assert_int_equal(samples[0], 77);
    fake.ready_err = EAGAIN;
    assert_false(device_slot_is_ready(&slot, NULL, in_ms(20)));
    assert_false(slot.is_lost);
    fake.move_err = EAGAIN;
    assert_false(device_slot_write(&slot, samples));
    assert_false(slot.is_lost);
}

static void test_one_that_does_not_open_is_tried_each_second(void **state)
{
    (void)state;
    fake.open_err = ENOENT;
    device_slot_open(&slot, NULL, DEVICE_MICROPHONE, 20);
    assert_silence();
    assert_in_range(device_slot_due_us(&slot), device_clock_us(), in_ms(40));
    assert_false(device_slot_is_ready(&slot, NULL, in_ms(DEVICE_SLOT_RETRY_MS + 1)));
    assert_silence();
    fake.open_err = 0;
    assert_int_equal(fake.n_opened, 0);
    assert_false(device_slot_is_ready(&slot, NULL, in_ms(DEVICE_SLOT_RETRY_MS + 1)));
    assert_int_equal(fake.n_opened, 1);
    assert_false(slot.is_lost);
    assert_true(device_slot_read(&slot, samples, &first_us));
    assert_int_equal(samples[0], 77);
}

static void test_one_that_fails_in_the_call(void **state)
{
    (void)state;
    device_slot_open(&slot, NULL, DEVICE_MICROPHONE, 20);
    fake.ready_err = ENODEV;
    assert_false(device_slot_is_ready(&slot, NULL, in_ms(0)));
    assert_int_equal(fake.n_closed, 1);
    assert_silence();
    fake.ready_err = 0;
    assert_false(device_slot_is_ready(&slot, NULL, in_ms(DEVICE_SLOT_RETRY_MS + 1)));
    assert_false(slot.is_lost);
    fake.move_err = EIO;
    assert_false(device_slot_read(&slot, samples, &first_us));
    assert_silence();
    assert_int_equal(fake.n_opened, 2);
}

static void test_one_that_stands_still(void **state)
{
    (void)state;
    device_slot_open(&slot, NULL, DEVICE_LOUDSPEAKER, 20);
    fake.ready_err = EAGAIN;
    assert_in_range(device_slot_due_us(&slot), in_ms(DEVICE_SLOT_STALL_MS - 100),
                    in_ms(DEVICE_SLOT_STALL_MS));
    assert_false(device_slot_is_ready(&slot, NULL, in_ms(DEVICE_SLOT_STALL_MS - 100)));
    assert_false(slot.is_lost);
    assert_false(device_slot_is_ready(&slot, NULL, in_ms(DEVICE_SLOT_STALL_MS + 1)));
    assert_true(slot.is_lost);
    assert_true(device_slot_is_ready(&slot, NULL, in_ms(25)));
    assert_true(device_slot_write(&slot, samples));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_good_device),
        TEST(test_one_that_does_not_open_is_tried_each_second),
        TEST(test_one_that_fails_in_the_call),
        TEST(test_one_that_stands_still),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
