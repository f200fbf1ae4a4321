/* SPDX-License-Identifier: MIT */
/* api_info.c - what this panel is, and the description of its API. */
#include <jansson.h>

#include "http/api.h"
#include "http/embedded.h"
#include "http/response.h"
#include "panel/panel.h"

void api_info_get(struct api *api, struct request *request)
{
    const struct panel_identity *identity = panel_identity(api->panel);
    json_t *object = json_object();
    const struct {
        const char *name;
        const char *value;
    } texts[] = {
        {"firmware_version", identity->firmware_version},
        {"framework_version", PORTERO_VERSION},
        {"frontend_version", PORTERO_VERSION},
        {"api_version", identity->api_version},
        {"device_name", identity->device_name},
        {"device_type", "panel"},
        {"device_model", identity->device_model},
        {"device_serial_number", panel_settings(api->panel)->serial},
        {"commit", PORTERO_COMMIT},
        {"hybrid_version", ""},
        {"mcu_version", PORTERO_VERSION},
    };
    int failed = json_object_set_new(object, "hybrid_enable", json_false());

    for (size_t i = 0; !failed && i < sizeof(texts) / sizeof(texts[0]); i++)
        failed = json_object_set_new(object, texts[i].name, json_string(texts[i].value));
    if (failed) {
        json_decref(object);
        object = NULL;
    }
    request_answer_object(request, 200, object);
}

void api_openapi_get(struct api *api, struct request *request)
{
    const struct embedded *file = embedded_find("/openapi.yaml");
    struct response *response = response_static(file->data, file->len);

    (void)api;
    response_header(response, "Content-Type", file->content_type);
    response_header(response, "Cache-Control", "no-store");
    request_answer(request, 200, response);
}
