/* SPDX-License-Identifier: MIT */
/* config.h - what the command line and the configuration file say. Read at start, and again
 * at SIGHUP. What the API can set is not here but in the store. Blocks (reads a file). */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"

enum { CONFIG_MAX_VALUE = 255, CONFIG_MAX_MESSAGE = 400 };

/* A value; "" means not given. Each key is documented in portero(8). */
struct config {
    char state[CONFIG_MAX_VALUE + 1];
    char http[CONFIG_MAX_VALUE + 1];
    char https[CONFIG_MAX_VALUE + 1];
    char sip[CONFIG_MAX_VALUE + 1];
    char sip_ca[CONFIG_MAX_VALUE + 1];
    char nameserver[CONFIG_MAX_VALUE + 1];
    char factory_password[CONFIG_MAX_VALUE + 1];
    char profile[CONFIG_MAX_VALUE + 1]; /* see settings/profile.h; it fills the four below */
    char device_name[CONFIG_MAX_VALUE + 1];
    char device_model[CONFIG_MAX_VALUE + 1];
    char firmware_version[CONFIG_MAX_VALUE + 1];
    char api_version[CONFIG_MAX_VALUE + 1];
    char mac_address[CONFIG_MAX_VALUE + 1];
    char serial[CONFIG_MAX_VALUE + 1];
    char relay1[CONFIG_MAX_VALUE + 1]; /* see door/relay.h */
    char relay2[CONFIG_MAX_VALUE + 1];
    char keypad[CONFIG_MAX_VALUE + 1]; /* "none" or "evdev:PATH"; see door/keys_evdev.h */
    char reader[CONFIG_MAX_VALUE + 1];
    char sensor[CONFIG_MAX_VALUE + 1]; /* "none" or "gpio:CHIP:LINE[:low]"; see door/line_gpio.h */
    char exit_button[CONFIG_MAX_VALUE + 1];
    char audio_in[CONFIG_MAX_VALUE + 1]; /* see media/sound.h; simulated if all is */
    char audio_out[CONFIG_MAX_VALUE + 1];
    char camera[CONFIG_MAX_VALUE + 1];         /* see media/camera.h */
    char rtp_ports[CONFIG_MAX_VALUE + 1];      /* "MIN-MAX" */
    unsigned short rtp_min_port, rtp_max_port; /* as it says */
    unsigned keepalive_s;
    bool keepalive_options;
    unsigned token_life_s;
    unsigned http_max_connections;
    unsigned http_max_per_address;
    unsigned log_max_events;
    unsigned log_max_days;
    enum log_level log_level;
    bool simulate;
    bool exit_on_reboot;
};

/* Defaults, then the file that --config names, then the other options; the last of a
 * repeated option counts.
 *   argc, argv   the options of `portero run`, without program and verb
 *   ret_message  on failure one clear line, without a line end
 * Returns 0, EINVAL (wrong use) or ENOENT (a file cannot be read). */
int config_read(int argc, char *const argv[], struct config *ret_config,
                char ret_message[CONFIG_MAX_MESSAGE]);

/* The options of `portero run` as text for --help. */
extern const char config_help[];

#endif
