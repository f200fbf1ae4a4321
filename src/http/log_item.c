/* SPDX-License-Identifier: MIT */
#include "http/log_item.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "http/log_words.h"
#include "journal/entry.h"
#include "settings/json_memory.h"

enum { MAX_INFO = 2 * ENTRY_MAX_TEXT };

struct json_t *log_item_name(const char *key, unsigned locale)
{
    const char *text = log_words_event(key, locale);
    char words[ENTRY_MAX_NAME + 1];

    if (!text) { /* of another version: door_was_opened says enough */
        (void)snprintf(words, sizeof(words), "%s", key);
        for (char *c = words; *c; c++)
            *c = *c == '_' ? ' ' : *c;
        words[0] = (char)toupper((unsigned char)words[0]);
        text = words;
    }
    return json_pack("{s:s,s:s}", "key", key, "text", text);
}

/* "lock 1, owner Flat 12" in that language; what has no room is left out. */
static void write_info(const json_t *model, unsigned locale, char info[MAX_INFO + 1])
{
    const char *field;
    const json_t *value;
    size_t len = 0;

    info[0] = '\0';
    json_object_foreach((json_t *)(uintptr_t)model, field, value)
    {
        const char *label = log_words_label(field, locale), *comma = len ? ", " : "";
        size_t room = MAX_INFO + 1 - len;
        int more = 0;

        if (label && json_is_integer(value))
            more = snprintf(info + len, room, "%s%s %lld", comma, label,
                            (long long)json_integer_value(value));
        else if (label && json_is_string(value) && *json_string_value(value))
            more = snprintf(info + len, room, "%s%s %s", comma, label, json_string_value(value));
        if (more < 0 || (size_t)more >= room)
            info[len] = '\0';
        else
            len += (size_t)more;
    }
}

struct json_t *log_item_json(const struct entry *entry, unsigned locale)
{
    char info[MAX_INFO + 1] = "";
    json_t *model = NULL;

    if (json_memory_parse(entry->fields, strlen(entry->fields), &model, NULL) == ENOMEM)
        return NULL;
    if (!json_is_object(model)) { /* somebody has edited the file */
        json_decref(model);
        model = json_object();
    }
    /* What was said of it was said in English. */
    if (locale != LOG_LOCALE_ENGLISH)
        write_info(model, locale, info);
    return json_pack("{s:I,s:s,s:s,s:o,s:{s:s,s:o}}", "timestamp", (json_int_t)entry->at_ms,
                     "category", entry->category, "priority", entry->priority, "name",
                     log_item_name(entry->name, locale), "info", "text",
                     info[0] ? info : entry->text, "model", model);
}
