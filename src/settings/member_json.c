/* SPDX-License-Identifier: MIT */
#include "settings/member_json.h"

#include <errno.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "settings/json_memory.h"

/* Length of "stun." in "stun.ip"; 0 if the name is not nested. */
static size_t prefix_len(const char *name)
{
    const char *dot = strchr(name, '.');

    return dot ? (size_t)(dot - name) + 1 : 0;
}

/* Finds the member's value; NULL in *ret_json if it was left out. False if the object
 * that should hold it is missing or none. */
static bool find(const struct member *member, json_t *root, json_t **ret_json,
                 struct field_error *ret_error)
{
    size_t prefix = prefix_len(member->name);
    char parent[sizeof(ret_error->field)];
    json_t *object = root;

    if (prefix) {
        (void)snprintf(parent, sizeof(parent), "%.*s", (int)prefix - 1, member->name);
        object = json_object_get(root, parent);
        if (!object && member->need == MEMBER_REQUIRED) {
            field_error_missing(ret_error, parent);
            return false;
        }
        if (object && !json_is_object(object)) {
            field_error_type(ret_error, parent, "must be an object");
            return false;
        }
    }
    *ret_json = json_object_get(object, member->name + prefix);
    return true;
}

static bool read_left_out(const struct member_table *table, const struct member *member,
                          void *value, struct field_error *ret_error)
{
    switch (member->need) {
    case MEMBER_REQUIRED:
        field_error_missing(ret_error, member->name);
        return false;
    case MEMBER_HAS_DEFAULT:
        memcpy(member_of(member, value), member_of_const(member, table->defaults), member->size);
        break;
    case MEMBER_STAYS:
        break;
    }
    return true;
}

static bool read_member(const struct member_table *table, const struct member *member, json_t *root,
                        void *value, struct field_error *ret_error)
{
    json_t *json = NULL;

    if (!find(member, root, &json, ret_error))
        return false;
    if (!json)
        return read_left_out(table, member, value, ret_error);

    if (member->type == MEMBER_UINT16) {
        if (!json_is_integer(json)) {
            field_error_type(ret_error, member->name, "must be a whole number");
            return false;
        }
        return member_set_number(member, value, json_integer_value(json), ret_error);
    }
    if (member->type == MEMBER_BOOL) {
        if (!json_is_boolean(json)) {
            field_error_type(ret_error, member->name, "must be true or false");
            return false;
        }
        member_set_bool(member, value, json_is_true(json));
        return true;
    }
    if (!json_is_string(json)) {
        field_error_type(ret_error, member->name, "must be a text");
        return false;
    }
    return member_set_text(member, value, json_string_value(json), ret_error);
}

/* Flags: a name twice is refused, since readers differ in which of the two counts. Without
 * JSON_ALLOW_NUL no text holds a NUL. Depth is bounded by the library (2,048). */
static int parse(const char *body, size_t len, json_t **ret_root, struct field_error *ret_error)
{
    json_error_t error;
    char reason[sizeof(ret_error->reason)];
    json_t *root;
    int err;

    if (len > MEMBER_JSON_MAX_BODY) {
        field_error_body(ret_error, "must not be over 64 KiB");
        return EINVAL;
    }
    err = json_memory_parse(len ? body : "", len, &root, &error);
    if (err == ENOMEM)
        return err;
    if (err) {
        /* The library's own text may quote the body, and with it a password. */
        (void)snprintf(reason, sizeof(reason), "is not correct JSON: line %d, column %d",
                       error.line, error.column);
        field_error_body(ret_error, reason);
        return EINVAL;
    }
    if (!json_is_object(root)) {
        json_decref(root);
        field_error_body(ret_error, "must be a JSON object");
        return EINVAL;
    }
    *ret_root = root;
    return 0;
}

int member_json_read(const struct member_table *table, const char *body, size_t len, void *value,
                     struct field_error *ret_error)
{
    json_t *root = NULL;
    int err;

    err = parse(body, len, &root, ret_error);
    if (err)
        return err;
    for (size_t i = 0; i < table->count && !err; i++) {
        if (!read_member(table, &table->members[i], root, value, ret_error))
            err = EINVAL;
    }
    json_decref(root);
    return err;
}

struct writer {
    char *buf;
    size_t size;
    size_t len; /* what would be needed; more than size: nothing more is written */
};

static void put(struct writer *writer, const char *text, size_t len)
{
    if (len < writer->size && writer->len < writer->size - len)
        memcpy(writer->buf + writer->len, text, len);
    writer->len += len;
}

static void put_text(struct writer *writer, const char *text)
{
    put(writer, "\"", 1);
    for (; *text; text++) {
        char escape[8];

        if (*text == '"' || *text == '\\') {
            put(writer, "\\", 1);
            put(writer, text, 1);
        } else if ((unsigned char)*text < 0x20) {
            (void)snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)*text);
            put(writer, escape, strlen(escape));
        } else {
            put(writer, text, 1);
        }
    }
    put(writer, "\"", 1);
}

static void put_value(struct writer *writer, const struct member *member, const void *value)
{
    char number[8];

    if (member->type == MEMBER_UINT16) {
        (void)snprintf(number, sizeof(number), "%u", member_number(member, value));
        put(writer, number, strlen(number));
    } else if (member->type == MEMBER_BOOL) {
        const char *text = member_is_true(member, value) ? "true" : "false";

        put(writer, text, strlen(text));
    } else {
        put_text(writer, member->shown_as ? member->shown_as : member_text(member, value));
    }
}

/* "stun":{ before the first member of an object; } behind the last of the one before. */
static void put_object_edge(struct writer *writer, const char *before, const char *name)
{
    size_t before_len = prefix_len(before);
    size_t len = prefix_len(name);
    bool same = before_len == len && strncmp(before, name, len) == 0;

    if (before_len && !same)
        put(writer, "}", 1);
    if (*before && *name)
        put(writer, ",", 1);
    if (len && !same) {
        put(writer, "\"", 1);
        put(writer, name, len - 1);
        put(writer, "\":{", 3);
    }
}

size_t member_json_write(const struct member_table *table, const void *value, char *buf,
                         size_t size)
{
    struct writer writer = {buf, size, 0};
    const char *before = "";

    put(&writer, "{", 1);
    for (size_t i = 0; i < table->count; i++) {
        const struct member *member = &table->members[i];

        if (member->need == MEMBER_STAYS && member->type == MEMBER_TEXT &&
            !*member_text(member, value))
            continue;
        put_object_edge(&writer, before, member->name);
        put_text(&writer, member->name + prefix_len(member->name));
        put(&writer, ":", 1);
        put_value(&writer, member, value);
        before = member->name;
    }
    put_object_edge(&writer, before, "");
    put(&writer, "}", 1);
    if (writer.len >= size)
        writer.len = 0;
    if (size)
        buf[writer.len] = '\0';
    return writer.len;
}
