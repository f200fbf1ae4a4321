/* SPDX-License-Identifier: MIT */
/* api_log.c - the log of events, page by page. */
#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/event.h"
#include "http/api.h"
#include "http/list.h"
#include "http/log_item.h"
#include "http/log_words.h"
#include "journal/journal.h"

/* Unix time below this is in seconds: some clients send `from` so. */
static const int64_t seconds_below = 100000000000;

/* One request, until the journal has answered. */
struct question {
    struct request *request;
    struct journal_query query;
    struct list_page page;
    unsigned locale;
};

/* ---- reading the query ---- */

/* A whole number; anything else, or what is not there, is otherwise. */
static int64_t number_or(const char *text, int64_t otherwise)
{
    char *end;
    long long n;

    if (!text || !(isdigit((unsigned char)text[0]) || text[0] == '-'))
        return otherwise;
    n = strtoll(text, &end, 10); /* clamps */
    return *end ? otherwise : n;
}

/* Returns false if it is there but no number. */
static bool read_time(const struct request *request, const char *name, int64_t *time_ms)
{
    const char *text = request_query(request, name);
    int64_t value = number_or(text, -1);

    if (!text || !*text)
        return true;
    if (value < 0)
        return false;
    *time_ms = value < seconds_below ? value * 1000 : value;
    return true;
}

/* A second is all of its milliseconds. */
static bool read_to(const struct request *request, int64_t *to_ms)
{
    int64_t value = number_or(request_query(request, "to"), -1);

    if (!read_time(request, "to", to_ms))
        return false;
    if (value >= 0 && value < seconds_below)
        *to_ms += 999;
    return true;
}

/* A filter by what is no field of the log is left out, as any unknown parameter is. */
static void read_filter(const struct request *request, struct journal_filter *filter)
{
    const struct {
        const char *name;
        char *member;
    } fields[] = {
        {"category", filter->category}, {"priority", filter->priority}, {"name", filter->name}};
    const char *field = request_query(request, "filter_field");
    const char *type = request_query(request, "filter_type");
    const char *value = request_query(request, "filter_value");

    if (!field || !value || !*value || (type && strcmp(type, "equal") != 0))
        return;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (strcmp(field, fields[i].name) != 0)
            continue;
        /* What is too long to be one of ours is cut, and still is none. */
        (void)strncpy(fields[i].member, value, ENTRY_MAX_NAME);
        fields[i].member[ENTRY_MAX_NAME] = '\0';
    }
}

static bool read_question(struct request *request, struct question *question)
{
    struct journal_query *query = &question->query;
    const char *sort = request_query(request, "sort_type");

    *question = (struct question){.request = request};
    journal_filter_init(&query->filter);
    question->locale = log_locale_find(request_query(request, "locale"));
    query->has_total = true;
    query->is_newest_first = !sort || strcmp(sort, "asc") != 0;
    list_page_read(request, &question->page);
    query->limit = (unsigned)question->page.limit;
    query->offset = (int64_t)question->page.first;
    read_filter(request, &query->filter);
    return read_time(request, "from", &query->filter.from_ms) &&
           read_to(request, &query->filter.to_ms);
}

/* ---- writing the answer ---- */

static json_t *items_json(const struct journal_page *page, unsigned locale)
{
    json_t *items = json_array();

    for (unsigned i = 0; i < page->n && items; i++) {
        if (!json_array_append_new(items, log_item_json(page->entries[i], locale)))
            continue;
        json_decref(items);
        items = NULL;
    }
    return items;
}

static bool has_text(const json_t *array, const char *text)
{
    const json_t *one;
    size_t i;

    json_array_foreach(array, i, one)
    {
        if (!strcmp(json_string_value(one), text))
            return true;
    }
    return false;
}

static json_t *names_json(unsigned locale)
{
    json_t *names = json_array();

    for (unsigned i = 0; i < EVENT_KINDS; i++)
        (void)json_array_append_new(names, log_item_name(event_name((enum event_kind)i), locale));
    return names;
}

/* "access" and so on, or "low" and so on, each once. */
static json_t *words_json(const char *(*word)(enum event_kind))
{
    json_t *words = json_array();

    for (unsigned i = 0; i < EVENT_KINDS; i++) {
        if (!has_text(words, word((enum event_kind)i)))
            (void)json_array_append_new(words, json_string(word((enum event_kind)i)));
    }
    return words;
}

static json_t *filter_json(const struct journal_filter *filter, unsigned locale)
{
    bool is_filtered = filter->category[0] || filter->priority[0] || filter->name[0];

    return json_pack("{s:b,s:b,s:[{s:s,s:[s]},{s:s,s:[s]},{s:s,s:[s]}],s:{s:o,s:o,s:o}}",
                     "available_filtering", 1, "is_filtered", (int)is_filtered, "available_fields",
                     "filter_field", "category", "available_types", "equal", "filter_field",
                     "priority", "available_types", "equal", "filter_field", "name",
                     "available_types", "equal", "available_values", "category",
                     words_json(event_category), "priority", words_json(event_priority), "name",
                     names_json(locale));
}

static json_t *locale_json(unsigned locale)
{
    json_t *all = json_array();

    for (unsigned i = 0; i < LOG_LOCALES; i++)
        (void)json_array_append_new(all, json_string(log_locales[i]));
    return json_pack("{s:s,s:o}", "locale", log_locales[locale], "available_locales", all);
}

static void on_page(const struct journal_page *page, void *arg)
{
    struct question *question = arg;
    struct request *request = question->request;
    json_t *answer;

    answer = json_pack("{s:o,s:{s:o,s:{s:s,s:b,s:[s]},s:o,s:o}}", "list_items",
                       items_json(page, question->locale), "list_option", "pagination",
                       list_pagination(&question->page, (size_t)page->total), "sort", "field",
                       "timestamp", "asc", (int)!question->query.is_newest_first,
                       "available_fields", "timestamp", "locale", locale_json(question->locale),
                       "filter", filter_json(&question->query.filter, question->locale));
    free(question);
    request_answer_object(request, 200, answer);
}

void api_log_items_get(struct api *api, struct request *request)
{
    struct question *question = calloc(1, sizeof(*question));
    int err;

    if (!api->journal || !question) {
        free(question);
        request_answer_error(request, 503, api->journal ? strerror(ENOMEM) : "There is no log");
        return;
    }
    if (!read_question(request, question)) {
        free(question);
        request_answer_error(request, 400, "Wrong query: from and to are Unix milliseconds");
        return;
    }
    err = journal_query(api->journal, &question->query, on_page, question);
    if (!err)
        return;
    free(question);
    request_answer_error(request, 503, "Too many requests at once");
}
