/* SPDX-License-Identifier: MIT */
#include "http/report_json.h"

#include <jansson.h>

#include "base/report.h"

static json_t *result_to_json(enum report_result result)
{
    return result == REPORT_NOT_RUN ? json_null() : json_boolean(result == REPORT_OK);
}

struct json_t *report_to_json(const struct report *report)
{
    json_t *steps = json_array();

    for (unsigned i = 0; i < report->n_steps; i++) {
        const struct report_step *step = &report->steps[i];
        json_t *object =
            json_pack("{s:s,s:o,s:s,s:s}", "step", step->name, "ok", result_to_json(step->result),
                      "seen", step->seen, "advice", step->advice);

        if (json_array_append_new(steps, object)) { /* refuses NULL, too */
            json_decref(steps);
            return NULL;
        }
    }
    return json_pack("{s:b,s:o}", "ok", report_is_ok(report), "steps", steps);
}
