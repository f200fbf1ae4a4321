/* SPDX-License-Identifier: MIT */
#include "cli/assign.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NAME = 64 };

/* As the member is now: a number, yes or no, else a text. */
static json_t *make_value(const json_t *now, const char *text)
{
    char *end;
    long long number;

    if (json_is_boolean(now) && (!strcmp(text, "true") || !strcmp(text, "false")))
        return json_boolean(text[0] == 't');
    if (!json_is_integer(now))
        return json_string(text);
    errno = 0;
    number = strtoll(text, &end, 10);
    return errno || *end || end == text ? json_string(text) : json_integer(number);
}

bool assign_is_empty(const char *text, const char *name)
{
    size_t len = strlen(name);

    return strncmp(text, name, len) == 0 && text[len] == '=' && text[len + 1] == '\0';
}

int assign(struct json_t *settings, const char *text, const char *value)
{
    const char *equals = strchr(text, '=');
    size_t len = equals ? (size_t)(equals - text) : MAX_NAME;
    char name[MAX_NAME];
    char *member = name;
    char *dot;
    json_t *made;

    if (len == 0 || len >= sizeof(name))
        return EINVAL;
    memcpy(name, text, len);
    name[len] = '\0';
    while ((dot = strchr(member, '.'))) {
        *dot = '\0';
        settings = json_object_get(settings, member);
        member = dot + 1;
    }
    if (!json_object_get(settings, member) && strcmp(name, "outbound") != 0)
        return EINVAL;
    if (json_is_object(json_object_get(settings, member)))
        return EINVAL;
    made = make_value(json_object_get(settings, member), value ? value : equals + 1);
    if (!made) /* no memory, or no UTF-8: no setting may have that */
        return EINVAL;
    return json_object_set_new(settings, member, made) ? ENOMEM : 0;
}
