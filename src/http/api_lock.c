/* SPDX-License-Identifier: MIT */
/* api_lock.c - the door's locks: open, emergency, and how they are. The relay acts before anything
 * is answered, and nothing here waits for the store. How they open is set in api_lock_settings.c.
 */
#include <errno.h>
#include <jansson.h>

#include "http/api.h"
#include "http/body.h"
#include "http/peer.h"
#include "panel/panel.h"
#include "settings/field_error.h"

enum { MAX_ENTRIES = 16, MS_PER_S = 1000 };

/* What an emergency asks for. */
struct wish {
    unsigned lock;
    unsigned hold_s; /* of an opening */
};

struct wishes {
    struct wish list[MAX_ENTRIES];
    size_t count;
};

/* Reads one entry of `locks`. */
typedef bool wish_fn(const json_t *entry, struct wish *wish, struct field_error *ret_error);

void api_answer_wrong_lock(struct request *request)
{
    request_answer_error(request, 400, "Wrong lock number");
}

static void answer_result(struct request *request, int err)
{
    switch (err) {
    case 0:
        request_answer_json(request, 200, "{}");
        break;
    case EINVAL:
        api_answer_wrong_lock(request);
        break;
    case ENODEV:
        request_answer_error(request, 404, "This panel has no such lock");
        break;
    default:
        request_answer_error(request, 500, "The lock does not open: its relay has failed");
        break;
    }
}

void api_lock_open(struct api *api, struct request *request)
{
    char by[PEER_TEXT_SIZE];

    peer_text(request_peer(request), by);
    answer_result(request, panel_open(api->panel, request_match(request)->numbers[0], by));
}

/* ---- emergency ---- */

static const struct body_range lock_range = {PANEL_BOTH_LOCKS, PANEL_LOCKS};

static bool read_number(const json_t *object, const char *name, struct body_range range,
                        unsigned *ret_number, struct field_error *ret_error)
{
    long long number = 0;

    if (!json_object_get(object, name)) {
        field_error_missing(ret_error, name);
        return false;
    }
    if (!body_number(object, name, range, &number, ret_error))
        return false;
    *ret_number = (unsigned)number;
    return true;
}

static bool read_opening(const json_t *entry, struct wish *wish, struct field_error *ret_error)
{
    static const struct body_range time_range = {1, PANEL_MAX_EMERGENCY_S};

    if (!json_is_object(entry)) {
        field_error_type(ret_error, "locks", "must be a list of objects");
        return false;
    }
    return read_number(entry, "lock_number", lock_range, &wish->lock, ret_error) &&
           read_number(entry, "unlock_time", time_range, &wish->hold_s, ret_error);
}

static bool read_closing(const json_t *entry, struct wish *wish, struct field_error *ret_error)
{
    if (!json_is_integer(entry)) {
        field_error_type(ret_error, "locks", "must be a list of lock numbers");
        return false;
    }
    if (json_integer_value(entry) < lock_range.min || json_integer_value(entry) > lock_range.max) {
        field_error_value(ret_error, "locks", "must be lock numbers: 0 (both), 1 or 2");
        return false;
    }
    wish->lock = (unsigned)json_integer_value(entry);
    return true;
}

static bool read_list(const json_t *root, wish_fn *read, struct wishes *ret_wishes,
                      struct field_error *ret_error)
{
    const json_t *list = json_object_get(root, "locks");

    if (!list) {
        field_error_missing(ret_error, "locks");
        return false;
    }
    if (!json_is_array(list)) {
        field_error_type(ret_error, "locks", "must be a list");
        return false;
    }
    if (json_array_size(list) < 1 || json_array_size(list) > MAX_ENTRIES) {
        field_error_value(ret_error, "locks", "must have 1 to 16 entries");
        return false;
    }
    ret_wishes->count = json_array_size(list);
    for (size_t i = 0; i < ret_wishes->count; i++) {
        if (!read(json_array_get(list, i), &ret_wishes->list[i], ret_error))
            return false;
    }
    return true;
}

/* False: has answered. Nothing is done before all is read. */
static bool read_wishes(struct request *request, wish_fn *read, struct wishes *ret_wishes)
{
    struct field_error error;
    json_t *root = NULL;
    int err = body_read(request, &root, &error);

    if (!err && !read_list(root, read, ret_wishes, &error))
        err = EINVAL;
    json_decref(root);
    if (err)
        api_answer_wrong_body(request, err, &error);
    return !err;
}

/* One that fails does not keep the others shut. */
void api_lock_open_emergency(struct api *api, struct request *request)
{
    char by[PEER_TEXT_SIZE];
    struct wishes wishes;
    int err = 0;

    if (!read_wishes(request, read_opening, &wishes))
        return;
    peer_text(request_peer(request), by);
    for (size_t i = 0; i < wishes.count; i++) {
        const struct wish *wish = &wishes.list[i];
        int one = panel_emergency_open(api->panel, wish->lock, wish->hold_s, by);

        err = one ? one : err;
    }
    answer_result(request, err);
}

void api_lock_close_emergency(struct api *api, struct request *request)
{
    struct wishes wishes;
    int err = 0;

    if (!read_wishes(request, read_closing, &wishes))
        return;
    for (size_t i = 0; i < wishes.count; i++) {
        int one = panel_emergency_close(api->panel, wishes.list[i].lock);

        err = one ? one : err;
    }
    answer_result(request, err);
}

/* ---- how they are ---- */

static json_t *state_of(const struct api *api, unsigned lock)
{
    struct panel_lock_state state;
    uint64_t left_s;

    panel_lock_state(api->panel, lock, &state);
    left_s = (state.left_ms + MS_PER_S - 1) / MS_PER_S;
    return json_pack("{s:i,s:b,s:b,s:I,s:s}", "lock_number", (int)lock, "installed", state.is_there,
                     "open", state.is_open, "left_s", (json_int_t)left_s, "problem", state.problem);
}

void api_locks_get(struct api *api, struct request *request)
{
    json_t *list = json_array();

    for (unsigned lock = 1; lock <= PANEL_LOCKS; lock++) {
        if (json_array_append_new(list, state_of(api, lock))) {
            json_decref(list);
            list = NULL;
        }
    }
    request_answer_object(request, 200, list ? json_pack("{s:o}", "locks", list) : NULL);
}
