/* SPDX-License-Identifier: MIT */
#include "door/relay_gpio.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct relay_gpio {
    struct relay relay;
    struct relay_gpio_place place;
    int fd; /* of the requested line; -1: not requested */
};

static struct relay_gpio *gpio_of(struct relay *relay)
{
    return (struct relay_gpio *)(void *)relay;
}

/* Off from the first moment: the kernel sets the value before the line becomes an output, so that
 * the door does not twitch. */
static int request_line(struct relay_gpio *gpio)
{
    struct gpio_v2_line_request request;
    int chip, err = 0;

    memset(&request, 0, sizeof(request));
    request.offsets[0] = gpio->place.line;
    request.num_lines = 1;
    (void)snprintf(request.consumer, sizeof(request.consumer), "portero");
    request.config.flags = GPIO_V2_LINE_FLAG_OUTPUT;
    if (gpio->place.is_active_low)
        request.config.flags |= GPIO_V2_LINE_FLAG_ACTIVE_LOW;
    request.config.num_attrs = 1;
    request.config.attrs[0].attr.id = GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES;
    request.config.attrs[0].attr.values = 0;
    request.config.attrs[0].mask = 1;

    /* Not blocking: somebody may have put a pipe there. */
    chip = open(gpio->place.chip, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (chip < 0)
        return errno;
    if (ioctl(chip, GPIO_V2_GET_LINE_IOCTL, &request))
        err = errno;
    else
        gpio->fd = request.fd; /* the kernel opens it close-on-exec */
    (void)close(chip);
    return err;
}

static void forget_line(struct relay_gpio *gpio)
{
    if (gpio->fd >= 0)
        (void)close(gpio->fd);
    gpio->fd = -1;
}

static int set(struct relay *relay, bool is_on)
{
    struct relay_gpio *gpio = gpio_of(relay);
    struct gpio_v2_line_values values = {.bits = is_on, .mask = 1};
    int err = 0;

    if (gpio->fd < 0)
        err = request_line(gpio);
    if (err)
        return err;
    if (ioctl(gpio->fd, GPIO_V2_LINE_SET_VALUES_IOCTL, &values)) {
        err = errno;
        forget_line(gpio); /* a chip that was unplugged comes back under a new request */
    }
    return err;
}

static void release(struct relay *relay)
{
    struct relay_gpio *gpio = gpio_of(relay);

    if (gpio->fd >= 0)
        (void)set(relay, false);
    forget_line(gpio);
    free(gpio);
}

/* Digits only, to the end of len. */
static int read_line(const char *text, size_t len, unsigned *ret_line)
{
    unsigned long line;

    if (!len || len > 4 || strspn(text, "0123456789") != len)
        return EINVAL;
    line = strtoul(text, NULL, 10);
    *ret_line = (unsigned)line;
    return line <= RELAY_GPIO_MAX_LINE ? 0 : EINVAL;
}

int relay_gpio_parse(const char *text, struct relay_gpio_place *ret_place)
{
    size_t len = strcspn(text, ":");
    const char *line = text + len + 1, *end;

    if (text[0] != '/' || text[len] != ':' || len > RELAY_GPIO_MAX_CHIP)
        return EINVAL;
    memset(ret_place, 0, sizeof(*ret_place));
    memcpy(ret_place->chip, text, len);
    end = line + strcspn(line, ":");
    ret_place->is_active_low = *end != '\0';
    if (*end && strcmp(end, ":low") != 0)
        return EINVAL;
    return read_line(line, (size_t)(end - line), &ret_place->line);
}

int relay_gpio_new(const struct relay_gpio_place *place, struct relay **ret_relay)
{
    struct relay_gpio *gpio = calloc(1, sizeof(*gpio));

    if (!gpio)
        return ENOMEM;
    gpio->place = *place;
    gpio->fd = -1;
    (void)snprintf(gpio->relay.name, sizeof(gpio->relay.name), "gpio:%s:%u%s", place->chip,
                   place->line, place->is_active_low ? ":low" : "");
    gpio->relay.set = set;
    gpio->relay.free = release;
    *ret_relay = &gpio->relay;
    return 0;
}
