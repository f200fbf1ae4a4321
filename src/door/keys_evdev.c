/* SPDX-License-Identifier: MIT */
#include "door/keys_evdev.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/timer.h"

enum { EVENTS = 64, PRESSED = 1 };

#define EVDEV "evdev:"

struct keys_evdev {
    struct keys_evdev_config config;
    char path[KEYS_EVDEV_MAX_PATH + 1];
    int fd;  /* -1: none */
    int err; /* as told */
    bool is_shifted;
    bool is_dropping; /* events were lost: what is left until the next report is only half of it */
    struct timer again;
};

/* Keys that mean something here. */
static const struct {
    unsigned short code;
    char key, shifted;
} known[] = {
    {KEY_0, '0', '0'},          {KEY_1, '1', '1'},
    {KEY_2, '2', '2'},          {KEY_3, '3', '#'},
    {KEY_4, '4', '4'},          {KEY_5, '5', '5'},
    {KEY_6, '6', '6'},          {KEY_7, '7', '7'},
    {KEY_8, '8', '*'},          {KEY_9, '9', '9'},
    {KEY_KP0, '0', '0'},        {KEY_KP1, '1', '1'},
    {KEY_KP2, '2', '2'},        {KEY_KP3, '3', '3'},
    {KEY_KP4, '4', '4'},        {KEY_KP5, '5', '5'},
    {KEY_KP6, '6', '6'},        {KEY_KP7, '7', '7'},
    {KEY_KP8, '8', '8'},        {KEY_KP9, '9', '9'},
    {KEY_NUMERIC_0, '0', '0'},  {KEY_NUMERIC_1, '1', '1'},
    {KEY_NUMERIC_2, '2', '2'},  {KEY_NUMERIC_3, '3', '3'},
    {KEY_NUMERIC_4, '4', '4'},  {KEY_NUMERIC_5, '5', '5'},
    {KEY_NUMERIC_6, '6', '6'},  {KEY_NUMERIC_7, '7', '7'},
    {KEY_NUMERIC_8, '8', '8'},  {KEY_NUMERIC_9, '9', '9'},
    {KEY_A, 'A', 'A'},          {KEY_B, 'B', 'B'},
    {KEY_C, 'C', 'C'},          {KEY_D, 'D', 'D'},
    {KEY_E, 'E', 'E'},          {KEY_F, 'F', 'F'},
    {KEY_MINUS, '-', '-'},      {KEY_KPMINUS, '-', '-'},
    {KEY_SEMICOLON, ':', ':'},  {KEY_NUMERIC_POUND, '#', '#'},
    {KEY_KPDOT, '#', '#'},      {KEY_NUMERIC_STAR, '*', '*'},
    {KEY_KPASTERISK, '*', '*'}, {KEY_ENTER, '\n', '\n'},
    {KEY_KPENTER, '\n', '\n'},  {KEY_BACKSPACE, '\b', '\b'},
    {KEY_ESC, '\b', '\b'},      {KEY_HELP, 'H', 'H'},
    {KEY_F1, 'H', 'H'},         {KEY_OPEN, 'O', 'O'},
    {KEY_F2, 'O', 'O'},
};

static void look_for(void *arg);

const char *keys_evdev_path(const char *text)
{
    const char *path = text + strlen(EVDEV);

    return strncmp(text, EVDEV, strlen(EVDEV)) == 0 && path[0] == '/' ? path : NULL;
}

static void tell_state(struct keys_evdev *keys, int err)
{
    if (err == keys->err)
        return;
    keys->err = err;
    if (keys->config.state)
        keys->config.state(err, keys->config.arg);
}

static void forget_device(struct keys_evdev *keys)
{
    if (keys->fd >= 0) {
        loop_unwatch(keys->fd);
        (void)close(keys->fd); /* lets go of it, too */
    }
    keys->fd = -1;
    keys->is_shifted = false;
    keys->is_dropping = false;
}

static void lose(struct keys_evdev *keys, int err)
{
    forget_device(keys);
    timer_start(&keys->again, KEYS_EVDEV_RETRY_MS, look_for, keys);
    tell_state(keys, err);
}

static void on_key(struct keys_evdev *keys, unsigned short code, int value)
{
    if (code == KEY_LEFTSHIFT || code == KEY_RIGHTSHIFT)
        keys->is_shifted = value != 0;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]) && value == PRESSED; i++) {
        if (known[i].code != code)
            continue;
        keys->config.pressed(keys->is_shifted ? known[i].shifted : known[i].key, keys->config.arg);
        return;
    }
}

static void on_input(struct keys_evdev *keys, const struct input_event *event)
{
    if (event->type == EV_SYN) {
        keys->is_dropping = event->code == SYN_DROPPED;
        return;
    }
    if (event->type == EV_KEY && !keys->is_dropping)
        on_key(keys, event->code, event->value);
}

static void on_ready(int ready, void *arg)
{
    struct input_event events[EVENTS];
    struct keys_evdev *keys = arg;
    ssize_t len = read(keys->fd, events, sizeof(events));
    int err = len < 0 ? errno : len ? 0 : ENODEV;

    (void)ready;
    if (err == EAGAIN || err == EINTR)
        return;
    if (err) {
        lose(keys, err);
        return;
    }
    for (size_t i = 0; i < (size_t)len / sizeof(events[0]); i++)
        on_input(keys, &events[i]);
    explicit_bzero(events, sizeof(events)); /* may be a code */
}

static void look_for(void *arg)
{
    struct keys_evdev *keys = arg;
    int err = 0;

    keys->fd = open(keys->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (keys->fd < 0)
        err = errno;
    else if (ioctl(keys->fd, EVIOCGRAB, 1))
        err = errno;
    if (!err)
        err = loop_watch(keys->fd, LOOP_READ, on_ready, keys);
    if (err)
        lose(keys, err);
    else
        tell_state(keys, 0);
}

int keys_evdev_new(const struct keys_evdev_config *config, struct keys_evdev **ret_keys)
{
    struct keys_evdev *keys;

    if (strlen(config->path) > KEYS_EVDEV_MAX_PATH)
        return ENAMETOOLONG;
    keys = calloc(1, sizeof(*keys));
    if (!keys)
        return ENOMEM;
    keys->config = *config;
    (void)snprintf(keys->path, sizeof(keys->path), "%s", config->path);
    keys->config.path = keys->path;
    keys->fd = -1;
    timer_start(&keys->again, 0, look_for, keys);
    *ret_keys = keys;
    return 0;
}

struct keys_evdev *keys_evdev_free(struct keys_evdev *keys)
{
    if (!keys)
        return NULL;
    timer_stop(&keys->again);
    forget_device(keys);
    free(keys);
    return NULL;
}
