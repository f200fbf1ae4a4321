/* SPDX-License-Identifier: MIT */
#include "access/identifier_json.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "access/identifier.h"
#include "settings/field_error.h"

#define OWNER "identifier_owner"
#define TYPE "identifier_type"
#define NUMBER "identifier_number"

/* A body, while it is read. */
struct reader {
    const json_t *root, *base; /* base: NULL if there is none */
    enum identifier_need need;
    struct field_error *error;
};

/* The one in base wins: there is where those who send both mean it. */
static const json_t *member(const struct reader *reader, const char *name)
{
    const json_t *value = json_object_get(reader->base, name);

    return value ? value : json_object_get(reader->root, name);
}

static bool wrong_type(const struct reader *reader, const char *field, const char *reason)
{
    field_error_type(reader->error, field, reason);
    return false;
}

static bool wrong_value(const struct reader *reader, const char *field, const char *reason)
{
    field_error_value(reader->error, field, reason);
    return false;
}

/* True for what was left out and need not be there: then *ret_text is NULL. */
static bool read_text(const struct reader *reader, const json_t *value, const char *field,
                      const char **ret_text)
{
    *ret_text = NULL;
    if (!value && reader->need == IDENTIFIER_PART)
        return true;
    if (!value) {
        field_error_missing(reader->error, field);
        return false;
    }
    if (!json_is_string(value))
        return wrong_type(reader, field, "must be a text");
    *ret_text = json_string_value(value);
    return true;
}

static bool read_owner(const struct reader *reader, struct identifier *identifier)
{
    const json_t *owner = member(reader, OWNER);
    const char *text;

    if (!owner && reader->need == IDENTIFIER_PART)
        return true;
    if (!owner) {
        field_error_missing(reader->error, OWNER);
        return false;
    }
    if (!json_is_object(owner))
        return wrong_type(reader, OWNER, "must be an object");
    if (!read_text(reader, json_object_get(owner, "name"), OWNER ".name", &text))
        return false;
    if (text && !identifier_text_is_good(text, IDENTIFIER_MAX_NAME))
        return wrong_value(reader, OWNER ".name",
                           "must not have over 128 bytes, nor control characters");
    if (text)
        (void)snprintf(identifier->name, sizeof(identifier->name), "%s", text);
    if (!read_text(reader, json_object_get(owner, "type"), OWNER ".type", &text))
        return false;
    if (text && !identifier_owner_parse(text, &identifier->owner))
        return wrong_value(reader, OWNER ".type", "must be owner or guest");
    return true;
}

static bool read_number(const struct reader *reader, struct identifier *identifier)
{
    struct identifier_key key;
    const char *text, *wrong;

    if (!read_text(reader, member(reader, TYPE), TYPE, &text))
        return false;
    if (text && !identifier_type_parse(text, &identifier->type))
        return wrong_value(reader, TYPE,
                           "must be card, ukey, inputCode, face_id, qr or license_plate");
    if (!read_text(reader, member(reader, NUMBER), NUMBER, &text))
        return false;
    if (text && strlen(text) > IDENTIFIER_MAX_NUMBER)
        return wrong_value(reader, NUMBER, "must not have over 64 characters");
    if (text)
        (void)snprintf(identifier->number, sizeof(identifier->number), "%s", text);
    /* A new type must fit the old number, too. */
    wrong = identifier_key_read(identifier->type, identifier->number, &key);
    return wrong ? wrong_value(reader, NUMBER, wrong) : true;
}

static bool read_lock(const struct reader *reader, struct identifier *identifier)
{
    const char *text;

    if (!read_text(reader, member(reader, "lock"), "lock", &text))
        return false;
    if (text && !identifier_lock_parse(text, &identifier->lock))
        return wrong_value(reader, "lock", "must be first, second or all");
    return true;
}

/* Some clients send null for what does not matter. */
static const json_t *given(const json_t *value)
{
    return json_is_null(value) ? NULL : value;
}

/* `is_permanent` of what stands at field. */
static bool read_permanent(const struct reader *reader, const json_t *object, const char *field,
                           bool *ret_is_permanent)
{
    const json_t *value = json_object_get(object, "is_permanent");
    char name[32];

    (void)snprintf(name, sizeof(name), "%s.is_permanent", field);
    if (!json_is_object(object))
        return wrong_type(reader, field, "must be an object");
    if (!value) {
        field_error_missing(reader->error, name);
        return false;
    }
    if (!json_is_boolean(value))
        return wrong_type(reader, name, "must be true or false");
    *ret_is_permanent = json_is_true(value);
    return true;
}

struct range {
    const char *field; /* "valid.time.to" */
    const char *reason;
    int64_t min, max;
};

static bool read_whole(const struct reader *reader, const json_t *object, const struct range *range,
                       int64_t *ret_value)
{
    const json_t *value = given(json_object_get(object, strrchr(range->field, '.') + 1));

    if (!value) {
        field_error_missing(reader->error, range->field);
        return false;
    }
    if (!json_is_integer(value))
        return wrong_type(reader, range->field, "must be a whole number");
    if (json_integer_value(value) < range->min || json_integer_value(value) > range->max)
        return wrong_value(reader, range->field, range->reason);
    *ret_value = json_integer_value(value);
    return true;
}

static bool read_time(const struct reader *reader, const json_t *time,
                      struct identifier *identifier)
{
    static const struct range from = {"valid.time.from", "must be Unix time in seconds", 0,
                                      IDENTIFIER_MAX_TIME_S};
    static const struct range to = {"valid.time.to", "must be Unix time in seconds", 0,
                                    IDENTIFIER_MAX_TIME_S};

    if (!time)
        return true;
    if (!read_permanent(reader, time, "valid.time", &identifier->is_time_permanent))
        return false;
    identifier->from_s = 0;
    identifier->to_s = 0;
    if (identifier->is_time_permanent)
        return true;
    if (!read_whole(reader, time, &from, &identifier->from_s) ||
        !read_whole(reader, time, &to, &identifier->to_s))
        return false;
    if (identifier->from_s > identifier->to_s)
        return wrong_value(reader, "valid.time.to", "must not be before from");
    return true;
}

static bool read_passes(const struct reader *reader, const json_t *passes,
                        struct identifier *identifier)
{
    static const struct range max = {"valid.passes.max_passes", "must be from 1 to 1000000", 1,
                                     IDENTIFIER_MAX_PASSES};
    int64_t max_passes;

    if (!passes)
        return true;
    if (!read_permanent(reader, passes, "valid.passes", &identifier->is_passes_permanent))
        return false;
    identifier->max_passes = 0;
    if (identifier->is_passes_permanent)
        return true;
    if (!read_whole(reader, passes, &max, &max_passes))
        return false;
    identifier->max_passes = (uint32_t)max_passes;
    return true;
}

static bool read_valid(const struct reader *reader, struct identifier *identifier)
{
    const json_t *valid = given(member(reader, "valid"));
    const json_t *passes, *time;

    if (!valid)
        return true;
    if (!json_is_object(valid))
        return wrong_type(reader, "valid", "must be an object");
    passes = given(json_object_get(valid, "passes"));
    time = given(json_object_get(valid, "time"));
    if (!time)
        time = given(json_object_get(passes, "time"));
    return read_passes(reader, passes, identifier) && read_time(reader, time, identifier);
}

static bool read_link(const struct reader *reader, const char *name, bool is_required,
                      char buf[IDENTIFIER_MAX_LINK + 1])
{
    const json_t *value = given(member(reader, name));

    if (!value && !is_required && !member(reader, name))
        return true;
    if (!value && is_required) {
        field_error_missing(reader->error, name);
        return false;
    }
    if (value && !json_is_string(value))
        return wrong_type(reader, name, "must be a text");
    if (value && !identifier_text_is_good(json_string_value(value), IDENTIFIER_MAX_LINK))
        return wrong_value(reader, name, "must not have over 64 bytes, nor control characters");
    if (is_required && !json_string_length(value))
        return wrong_value(reader, name, "must not be empty");
    (void)snprintf(buf, IDENTIFIER_MAX_LINK + 1, "%s", value ? json_string_value(value) : "");
    return true;
}

bool identifier_from_json(const struct json_t *root, enum identifier_need need,
                          struct identifier *identifier, struct field_error *ret_error)
{
    struct reader reader = {.root = root, .need = need, .error = ret_error};
    struct identifier before = *identifier;

    if (!json_is_object(root)) {
        field_error_body(ret_error, "must be a JSON object");
        return false;
    }
    reader.base = json_object_get(root, "base");
    if (reader.base && !json_is_object(reader.base))
        return wrong_type(&reader, "base", "must be an object");
    if (need != IDENTIFIER_PART) {
        identifier->is_time_permanent = true;
        identifier->is_passes_permanent = true;
        identifier->from_s = identifier->to_s = 0;
        identifier->max_passes = 0;
    }
    if (!read_owner(&reader, identifier) || !read_number(&reader, identifier) ||
        !read_lock(&reader, identifier) || !read_valid(&reader, identifier))
        return false;
    if (!read_link(&reader, "link_id", need == IDENTIFIER_LINKED, identifier->link_id) ||
        !read_link(&reader, "apartment_link_id", false, identifier->apartment_link_id))
        return false;
    identifier_keep_passes(identifier, before.uid ? &before : NULL);
    return true;
}

static json_t *whole_or_null(bool is_null, int64_t value)
{
    return is_null ? json_null() : json_integer(value);
}

static json_t *text_or_null(const char *text)
{
    return *text ? json_string(text) : json_null();
}

struct json_t *identifier_to_json(const struct identifier *identifier)
{
    const struct identifier *it = identifier;

    return json_pack(
        "{s:I,s:{s:s,s:s},s:s,s:s,s:s,s:{s:{s:b,s:o,s:o},s:{s:b,s:o}},s:o,s:o,s:{s:I}}",
        "identifier_uid", (json_int_t)it->uid, OWNER, "name", it->name, "type",
        identifier_owner_text(it->owner), TYPE, identifier_type_text(it->type), NUMBER, it->number,
        "lock", identifier_lock_text(it->lock), "valid", "time", "is_permanent",
        (int)it->is_time_permanent, "from", whole_or_null(it->is_time_permanent, it->from_s), "to",
        whole_or_null(it->is_time_permanent, it->to_s), "passes", "is_permanent",
        (int)it->is_passes_permanent, "max_passes",
        whole_or_null(it->is_passes_permanent, it->max_passes), "link_id",
        text_or_null(it->link_id), "apartment_link_id", text_or_null(it->apartment_link_id),
        "additional", "passes_left",
        (json_int_t)(it->is_passes_permanent ? -1 : (json_int_t)it->passes_left));
}
