/* SPDX-License-Identifier: MIT */
#include "cli/show.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NAME_WIDTH = 22, STEP_WIDTH = 12, MARK_WIDTH = 5 };

/* What comes from elsewhere must not steer the terminal. */
static void print_text(const char *text)
{
    for (; *text; text++)
        (void)putchar((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text);
}

static void print_row(const char *name, const char *value)
{
    (void)printf("%-*s", value[0] ? NAME_WIDTH : 0, name);
    print_text(value);
    (void)putchar('\n');
}

static void print_time(const char *name, const json_t *value)
{
    time_t at = (time_t)json_integer_value(value);
    struct tm tm;
    char text[32] = "never";

    if (json_is_integer(value) && localtime_r(&at, &tm))
        (void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
    print_row(name, text);
}

static void print_time_if_any(const char *name, const json_t *value)
{
    if (json_is_integer(value))
        print_time(name, value);
}

static void print_text_if_any(const char *name, const json_t *value)
{
    const char *text = json_string_value(value);

    if (text && text[0])
        print_row(name, text);
}

void show_status(const struct json_t *status)
{
    const json_t *detail = json_object_get(status, "detail");
    const json_t *code = json_object_get(detail, "code");
    char text[24];

    print_text_if_any("SIP", json_object_get(status, "sip_status"));
    print_text_if_any("reason", json_object_get(detail, "reason"));
    if (json_is_integer(code)) {
        (void)snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(code));
        print_row("last answer", text);
    }
    print_time("last attempt", json_object_get(status, "register_last_attempt"));
    print_time_if_any("expires", json_object_get(detail, "expires_at"));
    print_time_if_any("next attempt", json_object_get(detail, "next_attempt_at"));
    print_text_if_any("public address", json_object_get(detail, "public_address"));
    print_text_if_any("STUN", json_object_get(detail, "stun"));
}

static void print_value(const char *name, const json_t *value)
{
    char text[24];

    if (json_is_integer(value))
        (void)snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(value));
    else
        (void)snprintf(text, sizeof(text), "%s", json_is_true(value) ? "true" : "false");
    print_row(name, json_is_string(value) ? json_string_value(value) : text);
}

void show_settings(const struct json_t *settings)
{
    void *at, *inner;

    for (at = json_object_iter((json_t *)(uintptr_t)settings); at;
         at = json_object_iter_next((json_t *)(uintptr_t)settings, at)) {
        json_t *value = json_object_iter_value(at);
        char name[64];

        if (!json_is_object(value)) {
            print_value(json_object_iter_key(at), value);
            continue;
        }
        for (inner = json_object_iter(value); inner; inner = json_object_iter_next(value, inner)) {
            (void)snprintf(name, sizeof(name), "%s.%s", json_object_iter_key(at),
                           json_object_iter_key(inner));
            print_value(name, json_object_iter_value(inner));
        }
    }
}

static const char *mark_of(const json_t *ok)
{
    return json_is_true(ok) ? "ok" : json_is_false(ok) ? "FAIL" : "-";
}

int show_check(const struct json_t *report)
{
    const json_t *steps = json_object_get(report, "steps");

    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *step = json_array_get(steps, i);
        const char *name = json_string_value(json_object_get(step, "step"));
        const char *seen = json_string_value(json_object_get(step, "seen"));
        const char *advice = json_string_value(json_object_get(step, "advice"));
        bool has_text = seen && seen[0];

        (void)printf("%-*s%-*s", STEP_WIDTH, name ? name : "?", has_text ? MARK_WIDTH : 0,
                     mark_of(json_object_get(step, "ok")));
        print_text(has_text ? seen : "");
        (void)putchar('\n');
        if (advice && advice[0]) {
            (void)printf("%*s", STEP_WIDTH + MARK_WIDTH, "");
            print_text(advice);
            (void)putchar('\n');
        }
    }
    return json_is_true(json_object_get(report, "ok")) ? EXIT_SUCCESS : EXIT_FAILURE;
}
