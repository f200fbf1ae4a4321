/* SPDX-License-Identifier: MIT */
#include "journal/entry.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/event.h"
#include "base/utf8.h"

static size_t room(const char *text, size_t max_len)
{
    return strnlen(text, max_len) + 1;
}

static const char *put(char **at, const char *text, size_t max_len)
{
    char *start = *at;
    size_t len = strnlen(text, max_len);

    *at += utf8_clean(text, strlen(text), start, len) + 1;
    return start;
}

int entry_new(const struct entry_parts *parts, struct entry **ret_entry)
{
    size_t size = room(parts->name, ENTRY_MAX_NAME) + room(parts->category, ENTRY_MAX_NAME) +
                  room(parts->priority, ENTRY_MAX_NAME) + room(parts->text, ENTRY_MAX_TEXT) +
                  room(parts->fields, ENTRY_MAX_FIELDS);
    struct entry *entry = calloc(1, sizeof(*entry) + size);
    char *at = (char *)(entry + 1);

    if (!entry)
        return ENOMEM;
    entry->number = parts->number;
    entry->at_ms = parts->at_ms;
    entry->name = put(&at, parts->name, ENTRY_MAX_NAME);
    entry->category = put(&at, parts->category, ENTRY_MAX_NAME);
    entry->priority = put(&at, parts->priority, ENTRY_MAX_NAME);
    entry->text = put(&at, parts->text, ENTRY_MAX_TEXT);
    entry->fields = put(&at, parts->fields, ENTRY_MAX_FIELDS);
    entry->owners = 1;
    *ret_entry = entry;
    return 0;
}

/* Programs read these as numbers. */
static bool is_number(const char *name, const char *value)
{
    static const char *const names[] = {"call", "duration_s", "lock"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!strcmp(name, names[i]))
            return *value && strlen(value) < 16 && strspn(value, "0123456789") == strlen(value);
    }
    return false;
}

static json_t *field_json(const struct event_field *field)
{
    const char *text = field->value ? field->value : "";
    char value[ENTRY_MAX_TEXT + 1];

    (void)utf8_clean(text, strlen(text), value, ENTRY_MAX_TEXT);
    return is_number(field->name, value) ? json_integer(strtoll(value, NULL, 10))
                                         : json_string(value);
}

/* Returns 0 or ENOMEM. */
static int write_fields(const struct event *event, char ret_text[ENTRY_MAX_FIELDS + 1])
{
    json_t *object = json_object();
    size_t len = 0;
    int bad = !object;

    for (unsigned i = 0; i < event->n_fields && i < EVENT_MAX_FIELDS && !bad; i++)
        bad = json_object_set_new(object, event->fields[i].name, field_json(&event->fields[i]));
    if (!bad)
        len = json_dumpb(object, ret_text, ENTRY_MAX_FIELDS, JSON_COMPACT);
    json_decref(object);
    if (!len || len > ENTRY_MAX_FIELDS)
        return ENOMEM;
    ret_text[len] = '\0';
    return 0;
}

int entry_from_event(const struct event *event, struct entry **ret_entry)
{
    char fields[ENTRY_MAX_FIELDS + 1];
    const struct entry_parts parts = {
        .at_ms = event->at_ms,
        .name = event_name(event->kind),
        .category = event_category(event->kind),
        .priority = event_priority(event->kind),
        .text = event->text,
        .fields = fields,
    };
    int err = write_fields(event, fields);

    return err ? err : entry_new(&parts, ret_entry);
}

struct entry *entry_share(struct entry *entry)
{
    entry->owners++;
    return entry;
}

struct entry *entry_free(struct entry *entry)
{
    if (entry && --entry->owners == 0)
        free(entry);
    return NULL;
}
