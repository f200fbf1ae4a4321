/* SPDX-License-Identifier: MIT */
#include "settings/forward.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "settings/field_error.h"

#define LIST "forward_entity_list"

struct row {
    uint32_t flat;
    char *text;
};

struct forward_table {
    struct row *rows; /* by flat */
    size_t count, room;
};

static const char *add_target(struct forward_rule *rule, const char *target, size_t len)
{
    size_t used = strlen(rule->text);
    char copy[NUMBER_MAX_LEN + 1];
    const char *wrong;

    if (rule->n_targets == FORWARD_MAX_TARGETS)
        return "must have 1 to 8 numbers";
    if (len > NUMBER_MAX_LEN)
        return "holds a number that is too long";
    memcpy(copy, target, len);
    copy[len] = '\0';
    wrong = number_parse(copy, NULL);
    if (wrong)
        return wrong;
    (void)snprintf(rule->text + used, sizeof(rule->text) - used, "%s\n", copy);
    rule->n_targets++;
    return NULL;
}

static void begin(struct forward_rule *rule, uint32_t flat)
{
    rule->flat = flat;
    rule->n_targets = 0;
    rule->text[0] = '\0';
}

bool forward_rule_from_json(const struct json_t *root, uint32_t flat, struct forward_rule *ret_rule,
                            struct field_error *ret_error)
{
    const json_t *list = json_object_get(root, LIST);
    const char *wrong = NULL;
    size_t i;
    json_t *item;

    begin(ret_rule, flat);
    if (!list) {
        field_error_missing(ret_error, LIST);
        return false;
    }
    if (!json_is_array(list)) {
        field_error_type(ret_error, LIST, "must be a list of texts");
        return false;
    }
    json_array_foreach(list, i, item)
    {
        if (!json_is_string(item)) {
            field_error_type(ret_error, LIST, "must be a list of texts");
            return false;
        }
        wrong = add_target(ret_rule, json_string_value(item), json_string_length(item));
        if (wrong)
            break;
    }
    if (!wrong && ret_rule->n_targets == 0)
        wrong = "must have 1 to 8 numbers";
    if (wrong)
        field_error_value(ret_error, LIST, wrong);
    return !wrong;
}

bool forward_rule_from_text(const char *text, uint32_t flat, struct forward_rule *ret_rule)
{
    begin(ret_rule, flat);
    while (*text) {
        size_t len = strcspn(text, "\n");

        if (text[len] != '\n' || add_target(ret_rule, text, len))
            return false;
        text += len + 1;
    }
    return ret_rule->n_targets > 0;
}

bool forward_rule_target(const struct forward_rule *rule, unsigned i, char buf[NUMBER_MAX_LEN + 1])
{
    const char *text = rule->text;
    size_t len;

    if (i >= rule->n_targets)
        return false;
    while (i--)
        text = strchr(text, '\n') + 1;
    len = strcspn(text, "\n");
    memcpy(buf, text, len);
    buf[len] = '\0';
    return true;
}

int forward_table_new(struct forward_table **ret_table)
{
    *ret_table = calloc(1, sizeof(**ret_table));
    return *ret_table ? 0 : ENOMEM;
}

struct forward_table *forward_table_free(struct forward_table *table)
{
    if (!table)
        return NULL;
    for (size_t i = 0; i < table->count; i++)
        free(table->rows[i].text);
    free(table->rows);
    free(table);
    return NULL;
}

/* The first row whose flat is not below. */
static size_t place_of(const struct forward_table *table, uint32_t flat)
{
    size_t low = 0, high = table->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (table->rows[middle].flat < flat)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct forward_table *table, size_t i, uint32_t flat)
{
    return i < table->count && table->rows[i].flat == flat;
}

static int make_room(struct forward_table *table)
{
    size_t room = table->room ? table->room * 2 : 64;
    struct row *rows;

    if (table->count < table->room)
        return 0;
    rows = reallocarray(table->rows, room, sizeof(*rows));
    if (!rows)
        return ENOMEM;
    table->rows = rows;
    table->room = room;
    return 0;
}

int forward_table_put(struct forward_table *table, const struct forward_rule *rule)
{
    size_t i = place_of(table, rule->flat);
    bool is_new = !is_at(table, i, rule->flat);
    char *text;

    if (is_new && table->count >= FORWARD_MAX_RULES)
        return ENOSPC;
    text = strdup(rule->text);
    if (!text)
        return ENOMEM;
    if (is_new && make_room(table)) {
        free(text);
        return ENOMEM;
    }
    if (is_new) {
        memmove(&table->rows[i + 1], &table->rows[i], (table->count - i) * sizeof(*table->rows));
        table->count++;
    } else {
        free(table->rows[i].text);
    }
    table->rows[i] = (struct row){.flat = rule->flat, .text = text};
    return 0;
}

void forward_table_remove(struct forward_table *table, uint32_t flat)
{
    size_t i = place_of(table, flat);

    if (!is_at(table, i, flat))
        return;
    free(table->rows[i].text);
    table->count--;
    memmove(&table->rows[i], &table->rows[i + 1], (table->count - i) * sizeof(*table->rows));
}

size_t forward_table_count(const struct forward_table *table)
{
    return table->count;
}

int forward_table_at(const struct forward_table *table, size_t i, struct forward_rule *ret_rule)
{
    if (i >= table->count)
        return ENOENT;
    return forward_rule_from_text(table->rows[i].text, table->rows[i].flat, ret_rule) ? 0 : ENOENT;
}

int forward_table_find(const struct forward_table *table, uint32_t flat,
                       struct forward_rule *ret_rule)
{
    size_t i = place_of(table, flat);

    return is_at(table, i, flat) ? forward_table_at(table, i, ret_rule) : ENOENT;
}
