/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ini.h>

#include "door/keys_evdev.h"
#include "door/line_gpio.h"
#include "door/relay.h"
#include "media/camera.h"
#include "door/relay_gpio.h"
#include "media/sound.h"
#include "settings/admin.h"
#include "settings/profile.h"

const char config_help[] =
    "  --config FILE             read FILE first (see portero(8))\n"
    "  --state DIR               where settings are kept\n"
    "  --http ADDR:PORT          page and API (127.0.0.1:8080)\n"
    "  --https ADDR:PORT         the same with TLS (off)\n"
    "  --sip ADDR:PORT           SIP by UDP and TCP (the address that leads to the proxy, 5060)\n"
    "  --sip-ca FILE             a CA to trust for SIP over TLS, besides the system's\n"
    "  --simulate                door, sound and camera are simulated; SIP and API are real\n"
    "  --factory-password PASS   admin's password while none has been set\n"
    "  --exit-on-reboot          a reboot asked for by the API ends the process\n"
    "  --log-level LEVEL         error, warn, info (default) or debug\n";

enum { KEEPALIVE_S = 25, LOG_MAX_EVENTS = 20000, LOG_MAX_DAYS = 182 };

enum key_kind { KEY_TEXT, KEY_NUMBER, KEY_SWITCH, KEY_LEVEL };

/* Every key of the file; those with an option have the option's name with '_' for '-'. */
static const struct key {
    const char *name;
    enum key_kind kind;
    size_t offset;
    bool has_option;
    unsigned min, max; /* KEY_NUMBER */
} keys[] = {
    {"state", KEY_TEXT, offsetof(struct config, state), true, 0, 0},
    {"http", KEY_TEXT, offsetof(struct config, http), true, 0, 0},
    {"https", KEY_TEXT, offsetof(struct config, https), true, 0, 0},
    {"sip", KEY_TEXT, offsetof(struct config, sip), true, 0, 0},
    {"sip_ca", KEY_TEXT, offsetof(struct config, sip_ca), true, 0, 0},
    {"nameserver", KEY_TEXT, offsetof(struct config, nameserver), false, 0, 0},
    {"factory_password", KEY_TEXT, offsetof(struct config, factory_password), true, 0, 0},
    {"profile", KEY_TEXT, offsetof(struct config, profile), false, 0, 0},
    {"device_name", KEY_TEXT, offsetof(struct config, device_name), false, 0, 0},
    {"device_model", KEY_TEXT, offsetof(struct config, device_model), false, 0, 0},
    {"firmware_version", KEY_TEXT, offsetof(struct config, firmware_version), false, 0, 0},
    {"api_version", KEY_TEXT, offsetof(struct config, api_version), false, 0, 0},
    {"mac_address", KEY_TEXT, offsetof(struct config, mac_address), false, 0, 0},
    {"serial", KEY_TEXT, offsetof(struct config, serial), false, 0, 0},
    {"relay1", KEY_TEXT, offsetof(struct config, relay1), false, 0, 0},
    {"relay2", KEY_TEXT, offsetof(struct config, relay2), false, 0, 0},
    {"keypad", KEY_TEXT, offsetof(struct config, keypad), false, 0, 0},
    {"reader", KEY_TEXT, offsetof(struct config, reader), false, 0, 0},
    {"sensor", KEY_TEXT, offsetof(struct config, sensor), false, 0, 0},
    {"exit_button", KEY_TEXT, offsetof(struct config, exit_button), false, 0, 0},
    {"audio_in", KEY_TEXT, offsetof(struct config, audio_in), false, 0, 0},
    {"audio_out", KEY_TEXT, offsetof(struct config, audio_out), false, 0, 0},
    {"camera", KEY_TEXT, offsetof(struct config, camera), false, 0, 0},
    {"rtp_ports", KEY_TEXT, offsetof(struct config, rtp_ports), false, 0, 0},
    {"keepalive_s", KEY_NUMBER, offsetof(struct config, keepalive_s), false, 0, 600},
    {"keepalive_options", KEY_SWITCH, offsetof(struct config, keepalive_options), false, 0, 0},
    {"token_life_s", KEY_NUMBER, offsetof(struct config, token_life_s), false, 60, 2592000},
    {"http_max_connections", KEY_NUMBER, offsetof(struct config, http_max_connections), false, 8,
     700},
    {"http_max_per_address", KEY_NUMBER, offsetof(struct config, http_max_per_address), false, 4,
     700},
    {"log_max_events", KEY_NUMBER, offsetof(struct config, log_max_events), false, 100, 1000000},
    {"log_max_days", KEY_NUMBER, offsetof(struct config, log_max_days), false, 1, 3650},
    {"log_level", KEY_LEVEL, offsetof(struct config, log_level), true, 0, 0},
    {"simulate", KEY_SWITCH, offsetof(struct config, simulate), true, 0, 0},
    {"exit_on_reboot", KEY_SWITCH, offsetof(struct config, exit_on_reboot), true, 0, 0},
};

enum { KEYS = sizeof(keys) / sizeof(keys[0]) };

/* Returns NULL if value is good for key, else what is wrong with it. */
static const char *set_number(const struct key *key, unsigned *number, const char *value)
{
    char *end;
    unsigned long n;

    errno = 0;
    n = strtoul(value, &end, 10);
    if (errno || *end || end == value || value[0] == '-' || n < key->min || n > key->max)
        return "is not a number in range";
    *number = (unsigned)n;
    return NULL;
}

static const char *set_value(struct config *config, const struct key *key, const char *value)
{
    char *member = (char *)config + key->offset;

    switch (key->kind) {
    case KEY_TEXT:
        if (!value[0] || strlen(value) > CONFIG_MAX_VALUE)
            return "must have 1 to 255 characters";
        (void)snprintf(member, CONFIG_MAX_VALUE + 1, "%s", value);
        return NULL;
    case KEY_NUMBER:
        return set_number(key, (unsigned *)(void *)member, value);
    case KEY_SWITCH:
        if (strcmp(value, "yes") && strcmp(value, "no"))
            return "must be yes or no";
        *(bool *)member = value[0] == 'y';
        return NULL;
    case KEY_LEVEL:
        return log_level_parse(value, (enum log_level *)(void *)member)
                   ? "must be error, warn, info or debug"
                   : NULL;
    }
    return "is unknown";
}

struct file_reader {
    FILE *file;
    struct config *config;
    int line;            /* the one read last */
    int err;             /* of reading */
    const char *problem; /* of that line; nothing is read after it */
    char key[64];
};

/* inih calls this for each line. What begins with a blank would be taken for more of the line
 * before, and what is too long for two lines. */
static char *read_line(char *buf, int size, void *arg)
{
    struct file_reader *reader = arg;
    size_t len, n_blanks;

    if (reader->problem)
        return NULL;
    if (!fgets(buf, size, reader->file)) {
        reader->err = ferror(reader->file) ? errno : 0;
        return NULL;
    }
    reader->line++;
    len = strlen(buf);
    if (len + 1 == (size_t)size && buf[len - 1] != '\n') {
        (void)snprintf(reader->key, sizeof(reader->key), "this line");
        reader->problem = "is too long";
        return NULL;
    }
    n_blanks = strspn(buf, " \t");
    memmove(buf, buf + n_blanks, len - n_blanks + 1);
    return buf;
}

/* And this for each key; 0: the line is bad. */
static int on_line(void *arg, const char *section, const char *name, const char *value)
{
    struct file_reader *reader = arg;

    (void)snprintf(reader->key, sizeof(reader->key), "%s%s%s", section, section[0] ? "/" : "",
                   name);
    reader->problem = "is not a key that portero knows";
    for (size_t i = 0; i < KEYS && !section[0]; i++) {
        if (!strcmp(name, keys[i].name))
            reader->problem = set_value(reader->config, &keys[i], value);
    }
    return !reader->problem;
}

static int read_file(const char *path, struct config *config, char message[CONFIG_MAX_MESSAGE])
{
    struct file_reader reader = {.config = config, .file = fopen(path, "re")};
    int bad_line = 0;

    if (!reader.file) {
        reader.err = errno;
    } else {
        bad_line = ini_parse_stream(read_line, &reader, on_line, &reader);
        (void)fclose(reader.file);
    }
    if (reader.err || bad_line < 0) {
        (void)snprintf(message, CONFIG_MAX_MESSAGE, "%s cannot be read: %s", path,
                       strerror(reader.err ? reader.err : ENOMEM));
        return ENOENT;
    }
    if (bad_line > 0 && !(reader.problem && bad_line == reader.line)) {
        (void)snprintf(message, CONFIG_MAX_MESSAGE,
                       "%s:%d: this line is not of the form key = value", path, bad_line);
        return EINVAL;
    }
    if (reader.problem) {
        (void)snprintf(message, CONFIG_MAX_MESSAGE, "%s:%d: %s %s", path, reader.line, reader.key,
                       reader.problem);
        return EINVAL;
    }
    return 0;
}

/* $STATE_DIRECTORY (systemd), else $XDG_STATE_HOME/portero, else ~/.local/state/portero. */
static void set_default_state(struct config *config)
{
    const char *dir;
    int n;

    if ((dir = getenv("STATE_DIRECTORY")) && dir[0])
        n = snprintf(config->state, sizeof(config->state), "%s", dir);
    else if ((dir = getenv("XDG_STATE_HOME")) && dir[0])
        n = snprintf(config->state, sizeof(config->state), "%s/portero", dir);
    else if ((dir = getenv("HOME")) && dir[0])
        n = snprintf(config->state, sizeof(config->state), "%s/.local/state/portero", dir);
    else
        n = snprintf(config->state, sizeof(config->state), "/var/lib/portero");
    if (n < 0 || (size_t)n >= sizeof(config->state))
        config->state[0] = '\0'; /* found out, and said, when it is opened */
}

static void set_defaults(struct config *config)
{
    memset(config, 0, sizeof(*config));
    (void)snprintf(config->http, sizeof(config->http), "127.0.0.1:8080");
    (void)snprintf(config->profile, sizeof(config->profile), "portero");
    (void)snprintf(config->relay1, sizeof(config->relay1), "none");
    (void)snprintf(config->relay2, sizeof(config->relay2), "none");
    (void)snprintf(config->keypad, sizeof(config->keypad), "none");
    (void)snprintf(config->reader, sizeof(config->reader), "none");
    (void)snprintf(config->sensor, sizeof(config->sensor), "none");
    (void)snprintf(config->exit_button, sizeof(config->exit_button), "none");
    (void)snprintf(config->audio_in, sizeof(config->audio_in), "alsa");
    (void)snprintf(config->audio_out, sizeof(config->audio_out), "alsa");
    (void)snprintf(config->rtp_ports, sizeof(config->rtp_ports), "%d-%d", SOUND_MIN_PORT,
                   SOUND_MAX_PORT);
    config->keepalive_s = KEEPALIVE_S;
    config->log_max_events = LOG_MAX_EVENTS;
    config->log_max_days = LOG_MAX_DAYS;
    config->log_level = LOG_LEVEL_INFO;
}

/* "192.0.2.1:5060" or "[2001:db8::1]:5060"; port 0 is fine. */
static bool is_address_and_port(const char *text)
{
    char host[CONFIG_MAX_VALUE + 1];
    unsigned char addr[sizeof(struct in6_addr)];
    const char *colon = strrchr(text, ':');
    size_t len = colon ? (size_t)(colon - text) : 0;
    unsigned long port;
    char *end;

    if (!len || !isdigit((unsigned char)colon[1]))
        return false;
    port = strtoul(colon + 1, &end, 10);
    if (*end || port > 65535)
        return false;
    if (text[0] == '[' && text[len - 1] == ']') {
        (void)snprintf(host, sizeof(host), "%.*s", (int)len - 2, text + 1);
        return inet_pton(AF_INET6, host, addr) == 1;
    }
    (void)snprintf(host, sizeof(host), "%.*s", (int)len, text);
    return inet_pton(AF_INET, host, addr) == 1;
}

static bool is_uuid(const char *text)
{
    for (int i = 0; i < SERIAL_LEN; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (is_dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    }
    return text[SERIAL_LEN] == '\0';
}

/* "16384-32767": with room for one call at least, an even port and the odd one above it. */
static int read_ports(struct config *config)
{
    unsigned min_port, max_port;
    int end = -1;

    (void)sscanf(config->rtp_ports, "%5u-%5u%n", &min_port, &max_port, &end);
    if (end < 0 || config->rtp_ports[end] || !isdigit((unsigned char)config->rtp_ports[0]) ||
        min_port < 1024 || max_port > 65535 || min_port + (min_port & 1) + 1 > max_port)
        return EINVAL;
    config->rtp_min_port = (unsigned short)min_port;
    config->rtp_max_port = (unsigned short)max_port;
    return 0;
}

/* Of what is simulated a device may be chosen, but not one that is real. */
static void simulate(char device[CONFIG_MAX_VALUE + 1])
{
    if (strcmp(device, "sim") && strncmp(device, "sim:", 4) && strcmp(device, "none"))
        (void)snprintf(device, CONFIG_MAX_VALUE + 1, "sim");
}

/* Returns 0 or EINVAL. */
static int read_sound(struct config *config, char message[CONFIG_MAX_MESSAGE])
{
    bool is_in = sound_is_known(config->audio_in, DEVICE_MICROPHONE);

    if (!is_in || !sound_is_known(config->audio_out, DEVICE_LOUDSPEAKER)) {
        (void)snprintf(
            message, CONFIG_MAX_MESSAGE, "%s: %s is not alsa[:NAME], sim, %ssim:FILE.wav or none",
            is_in ? "audio_out" : "audio_in", is_in ? config->audio_out : config->audio_in,
            is_in ? "" : "sim:tone=HZ[,DBOV], ");
        return EINVAL;
    }
    if (read_ports(config)) {
        (void)snprintf(message, CONFIG_MAX_MESSAGE,
                       "rtp_ports: %s is not MIN-MAX, two ports from 1024 to 65535",
                       config->rtp_ports);
        return EINVAL;
    }
    if (config->simulate) {
        simulate(config->audio_in);
        simulate(config->audio_out);
    }
    return 0;
}

static void or_else(char value[CONFIG_MAX_VALUE + 1], const char *otherwise)
{
    if (!value[0])
        (void)snprintf(value, CONFIG_MAX_VALUE + 1, "%s", otherwise);
}

/* What was not given itself is as the profile has it. Returns 0 or EINVAL. */
static int read_profile(struct config *config, char message[CONFIG_MAX_MESSAGE])
{
    const struct profile *profile = profile_find(config->profile);

    if (!profile) {
        (void)snprintf(message, CONFIG_MAX_MESSAGE, "profile: %.40s is not %s", config->profile,
                       profile_names);
        return EINVAL;
    }
    or_else(config->device_name, profile->device_name);
    or_else(config->device_model, profile->name);
    or_else(config->firmware_version, profile->firmware_version);
    or_else(config->api_version, profile->api_version);
    return 0;
}

/* Simulated there is one, unless it was said that there is none. Returns 0 or EINVAL. */
static int read_camera(struct config *config, char message[CONFIG_MAX_MESSAGE])
{
    or_else(config->camera, config->simulate ? "sim" : "none");
    if (!camera_is_known(config->camera)) {
        (void)snprintf(message, CONFIG_MAX_MESSAGE,
                       "camera: %s is not v4l2:/dev/videoN, sim or none", config->camera);
        return EINVAL;
    }
    if (config->simulate)
        simulate(config->camera);
    return 0;
}

/* Keypad, reader, sensor and button. Returns 0 or EINVAL. */
static int check_inputs(const struct config *config, char message[CONFIG_MAX_MESSAGE])
{
    const struct {
        const char *name, *value;
        bool is_keys;
    } inputs[] = {{"keypad", config->keypad, true},
                  {"reader", config->reader, true},
                  {"sensor", config->sensor, false},
                  {"exit_button", config->exit_button, false}};
    struct relay_gpio_place place;

    for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
        const char *value = inputs[i].value;

        if (strcmp(value, "none") == 0 ||
            (inputs[i].is_keys ? keys_evdev_path(value) != NULL : line_gpio_parse(value, &place)))
            continue;
        (void)snprintf(
            message, CONFIG_MAX_MESSAGE, "%s: %s is not none or %s", inputs[i].name, value,
            inputs[i].is_keys ? "evdev:/dev/input/eventN" : "gpio:/dev/gpiochipN:LINE[:low]");
        return EINVAL;
    }
    return 0;
}

/* What only shows when all is read. Returns 0, EINVAL or ENOENT. */
static int check(const struct config *config, char message[CONFIG_MAX_MESSAGE])
{
    const struct {
        const char *name, *value;
    } addresses[] = {{"http", config->http},
                     {"https", config->https},
                     {"sip", config->sip},
                     {"nameserver", config->nameserver}};

    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        if (!addresses[i].value[0] || is_address_and_port(addresses[i].value))
            continue;
        (void)snprintf(message, CONFIG_MAX_MESSAGE, "%s: %s is not ADDR:PORT with an IP address",
                       addresses[i].name, addresses[i].value);
        return EINVAL;
    }
    if (config->factory_password[0] && !admin_password_is_valid(config->factory_password)) {
        (void)snprintf(message, CONFIG_MAX_MESSAGE,
                       "--factory-password must have 1 to 32 printable ASCII characters");
        return EINVAL;
    }
    if (config->serial[0] && !is_uuid(config->serial)) {
        (void)snprintf(message, CONFIG_MAX_MESSAGE, "serial must be a UUID, 8-4-4-4-12 hex digits");
        return EINVAL;
    }
    for (unsigned i = 0; i < 2; i++) {
        const char *relay = i ? config->relay2 : config->relay1;

        if (relay_is_known(relay))
            continue;
        (void)snprintf(message, CONFIG_MAX_MESSAGE,
                       "relay%u: %s is not none, sim or gpio:/dev/gpiochipN:LINE[:low]", i + 1,
                       relay);
        return EINVAL;
    }
    if (check_inputs(config, message))
        return EINVAL;
    if (config->sip_ca[0] && access(config->sip_ca, R_OK)) {
        (void)snprintf(message, CONFIG_MAX_MESSAGE, "%s cannot be read: %s", config->sip_ca,
                       strerror(errno));
        return ENOENT;
    }
    return 0;
}

/* sip_ca: --sip-ca */
static void option_name(const struct key *key, char name[32])
{
    (void)snprintf(name, 32, "%s", key->name);
    for (char *c = name; *c; c++)
        *c = *c == '_' ? '-' : *c;
}

static void make_options(struct option options[KEYS + 2], char names[KEYS][32])
{
    size_t n = 0;

    memset(options, 0, (KEYS + 2) * sizeof(options[0]));
    for (size_t i = 0; i < KEYS; i++) {
        if (!keys[i].has_option)
            continue;
        option_name(&keys[i], names[n]);
        options[n].name = names[n];
        options[n].has_arg = keys[i].kind == KEY_SWITCH ? no_argument : required_argument;
        options[n].val = (int)i;
        n++;
    }
    options[n].name = "config";
    options[n].has_arg = required_argument;
    options[n].val = KEYS;
}

/* One pass over the command line; also finds --config. */
static int read_options(int argc, char *const argv[], struct config *config, const char **file,
                        char message[CONFIG_MAX_MESSAGE])
{
    struct option options[KEYS + 2];
    char names[KEYS][32];
    /* getopt_long wants the program's name first */
    char *args[64] = {(char *)(uintptr_t) "portero"};
    const char *problem;
    int option;
    int at; /* the argument at hand: getopt may still be within it, or beyond */

    make_options(options, names);
    if (argc > 62) {
        (void)snprintf(message, CONFIG_MAX_MESSAGE, "too many options");
        return EINVAL;
    }
    memcpy(&args[1], argv, (size_t)argc * sizeof(*argv));
    opterr = 0;
    optind = 0;
    for (;;) {
        at = optind ? optind : 1;
        option = getopt_long(argc + 1, args, "+:", options, NULL);
        if (option == -1)
            break;
        if (option == '?' || option == ':') {
            (void)snprintf(message, CONFIG_MAX_MESSAGE, "%s %s (see portero --help)", args[at],
                           option == ':' ? "needs a value" : "is not an option of portero run");
            return EINVAL;
        }
        if (option == KEYS) {
            *file = optarg;
            continue;
        }
        problem = set_value(config, &keys[option], optarg ? optarg : "yes");
        if (problem) {
            option_name(&keys[option], names[0]);
            (void)snprintf(message, CONFIG_MAX_MESSAGE, "--%s %s", names[0], problem);
            return EINVAL;
        }
    }
    if (optind < argc + 1) {
        (void)snprintf(message, CONFIG_MAX_MESSAGE, "%s is not an option of portero run",
                       args[optind]);
        return EINVAL;
    }
    return 0;
}

int config_read(int argc, char *const argv[], struct config *ret_config,
                char ret_message[CONFIG_MAX_MESSAGE])
{
    const char *file = NULL;
    int err;

    set_defaults(ret_config);
    err = read_options(argc, argv, ret_config, &file, ret_message);
    if (err)
        return err;
    if (file) { /* its values come first, so the options are read once more on top */
        set_defaults(ret_config);
        err = read_file(file, ret_config, ret_message);
        if (!err)
            err = read_options(argc, argv, ret_config, &file, ret_message);
        if (err)
            return err;
    }
    if (!ret_config->state[0])
        set_default_state(ret_config);
    err = read_sound(ret_config, ret_message);
    if (!err)
        err = read_camera(ret_config, ret_message);
    if (!err)
        err = read_profile(ret_config, ret_message);
    return err ? err : check(ret_config, ret_message);
}
