/* SPDX-License-Identifier: MIT */
/* report_json.h - a report as JSON. Pure function, any thread. */
#ifndef HTTP_REPORT_JSON_H
#define HTTP_REPORT_JSON_H

struct json_t;
struct report;

/* {"ok":true,"steps":[{"step":"resolve","ok":true,"seen":"...","advice":"..."}]}; ok of a step
 * that was not run is null. Caller owns it; NULL: no memory. */
struct json_t *report_to_json(const struct report *report);

#endif
