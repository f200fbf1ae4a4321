/* SPDX-License-Identifier: MIT */
/* log_item.h - an event as the API shows it, in the log and in the stream of events. Pure. */
#ifndef HTTP_LOG_ITEM_H
#define HTTP_LOG_ITEM_H

struct entry;
struct json_t;

/* {"timestamp","category","priority","name":{"key","text"},"info":{"text","model"}}
 * locale: a place in log_locales. NULL: no memory. The caller owns it. */
struct json_t *log_item_json(const struct entry *entry, unsigned locale);

/* {"key","text"}: a name with its text. NULL: no memory. The caller owns it. */
struct json_t *log_item_name(const char *key, unsigned locale);

#endif
