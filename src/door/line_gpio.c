/* SPDX-License-Identifier: MIT */
#include "door/line_gpio.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/timer.h"
#include "door/relay_gpio.h"

enum { EVENTS = 16, US_PER_MS = 1000 };

#define GPIO "gpio:"

struct line_gpio {
    struct line_gpio_config config;
    struct relay_gpio_place place;
    int fd;  /* of the requested line; -1: none */
    int err; /* as told */
    bool is_known, is_active;
    struct timer again;
};

static void look_for(void *arg);

bool line_gpio_parse(const char *text, struct relay_gpio_place *ret_place)
{
    return strncmp(text, GPIO, strlen(GPIO)) == 0 &&
           !relay_gpio_parse(text + strlen(GPIO), ret_place);
}

static int request_line(struct line_gpio *line)
{
    struct gpio_v2_line_request request;
    int chip, err = 0;

    memset(&request, 0, sizeof(request));
    request.offsets[0] = line->place.line;
    request.num_lines = 1;
    request.event_buffer_size = EVENTS;
    (void)snprintf(request.consumer, sizeof(request.consumer), "portero");
    request.config.flags =
        GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_EDGE_RISING | GPIO_V2_LINE_FLAG_EDGE_FALLING;
    if (line->place.is_active_low)
        request.config.flags |= GPIO_V2_LINE_FLAG_ACTIVE_LOW;
    request.config.num_attrs = 1;
    request.config.attrs[0].attr.id = GPIO_V2_LINE_ATTR_ID_DEBOUNCE;
    request.config.attrs[0].attr.debounce_period_us = LINE_GPIO_DEBOUNCE_MS * US_PER_MS;
    request.config.attrs[0].mask = 1;

    chip = open(line->place.chip, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (chip < 0)
        return errno;
    if (ioctl(chip, GPIO_V2_GET_LINE_IOCTL, &request))
        err = errno;
    else
        line->fd = request.fd; /* the kernel opens it close-on-exec */
    (void)close(chip);
    return err;
}

static void tell_state(struct line_gpio *line, int err)
{
    if (err == line->err)
        return;
    line->err = err;
    if (line->config.state)
        line->config.state(err, line->config.arg);
}

static void forget_line(struct line_gpio *line)
{
    if (line->fd >= 0) {
        loop_unwatch(line->fd);
        (void)close(line->fd);
    }
    line->fd = -1;
}

static void lose(struct line_gpio *line, int err)
{
    forget_line(line);
    timer_start(&line->again, LINE_GPIO_RETRY_MS, look_for, line);
    tell_state(line, err);
}

static void tell_level(struct line_gpio *line, bool is_active)
{
    if (line->is_known && is_active == line->is_active)
        return;
    line->is_known = true;
    line->is_active = is_active;
    line->config.changed(is_active, line->config.arg);
}

/* The level counts, not the edges: of those some may be lost. */
static int read_level(struct line_gpio *line)
{
    struct gpio_v2_line_values values = {.bits = 0, .mask = 1};

    if (ioctl(line->fd, GPIO_V2_LINE_GET_VALUES_IOCTL, &values))
        return errno;
    tell_level(line, values.bits & 1);
    return 0;
}

/* Both edges of a short press may wait here while the level is already back: told as both. */
static void tell_edges(struct line_gpio *line, const struct gpio_v2_line_event *events,
                       size_t count)
{
    for (size_t i = 0; i < count; i++)
        tell_level(line, events[i].id == GPIO_V2_LINE_EVENT_RISING_EDGE);
}

static void on_edge(int ready, void *arg)
{
    struct gpio_v2_line_event events[EVENTS];
    struct line_gpio *line = arg;
    ssize_t len = read(line->fd, events, sizeof(events));
    int err = len < 0 ? errno : len ? 0 : ENODEV;

    (void)ready;
    if (err == EAGAIN || err == EINTR)
        return;
    if (!err) {
        tell_edges(line, events, (size_t)len / sizeof(events[0]));
        err = read_level(line);
    }
    if (err)
        lose(line, err);
}

static void look_for(void *arg)
{
    struct line_gpio *line = arg;
    int err = request_line(line);

    if (!err && fcntl(line->fd, F_SETFL, O_NONBLOCK))
        err = errno;
    if (!err)
        err = loop_watch(line->fd, LOOP_READ, on_edge, line);
    if (!err)
        err = read_level(line);
    if (err)
        lose(line, err);
    else
        tell_state(line, 0);
}

int line_gpio_new(const struct line_gpio_config *config, struct line_gpio **ret_line)
{
    struct line_gpio *line = calloc(1, sizeof(*line));

    if (!line)
        return ENOMEM;
    line->config = *config;
    line->place = *config->place;
    line->fd = -1;
    timer_start(&line->again, 0, look_for, line);
    *ret_line = line;
    return 0;
}

struct line_gpio *line_gpio_free(struct line_gpio *line)
{
    if (!line)
        return NULL;
    timer_stop(&line->again);
    forget_line(line);
    free(line);
    return NULL;
}
