/* SPDX-License-Identifier: MIT */
/* api_sip_trace.c - the last SIP messages of all accounts. */
#include <jansson.h>
#include <stdlib.h>

#include "http/api.h"
#include "panel/panel.h"

struct message {
    int64_t at_ms;
    size_t place; /* as it was shown: messages of the same moment stay in order */
    json_t *object;
};

struct list {
    struct message *messages;
    size_t count, size;
    bool is_short; /* of memory */
};

static bool make_room(struct list *list)
{
    size_t size = list->size ? list->size * 2 : 64;
    struct message *messages;

    if (list->count < list->size)
        return true;
    messages = reallocarray(list->messages, size, sizeof(*messages));
    if (!messages)
        return false;
    list->messages = messages;
    list->size = size;
    return true;
}

static void add(const struct panel_sip_message *message, void *arg)
{
    struct list *list = arg;
    json_t *object;

    if (list->is_short || !make_room(list)) {
        list->is_short = true;
        return;
    }
    object =
        json_pack("{s:I,s:i,s:s,s:s,s:s,s:s}", "timestamp", (json_int_t)message->at_ms, "account",
                  (int)message->account, "direction", message->is_sent ? "sent" : "received",
                  "transport", message->transport, "peer", message->peer, "text", message->text);
    if (!object) {
        list->is_short = true;
        return;
    }
    list->messages[list->count] = (struct message){message->at_ms, list->count, object};
    list->count++;
}

static int by_time(const void *a, const void *b)
{
    const struct message *x = a, *y = b;

    if (x->at_ms != y->at_ms)
        return x->at_ms < y->at_ms ? -1 : 1;
    return x->place < y->place ? -1 : 1;
}

void api_sip_trace_get(struct api *api, struct request *request)
{
    struct list list = {.messages = NULL};
    json_t *items = json_array();
    json_t *answer = NULL;

    panel_sip_trace(api->panel, add, &list);
    if (list.count)
        qsort(list.messages, list.count, sizeof(list.messages[0]), by_time);
    for (size_t i = 0; i < list.count; i++)
        list.is_short |= json_array_append_new(items, list.messages[i].object) != 0;
    free(list.messages);
    if (list.is_short)
        json_decref(items);
    else
        answer = json_pack("{s:o}", "list_items", items);
    request_answer_object(request, 200, answer);
}
