/* SPDX-License-Identifier: MIT */
/* api_sip_tls.c - device/sip/reregister and sip/tls: how the SIP accounts go on after a failure,
 * and whom they trust. */
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "http/api.h"
#include "http/body.h"
#include "panel/panel.h"
#include "settings/certificate.h"
#include "settings/field_error.h"

void api_reregister_get(struct api *api, struct request *request)
{
    const struct settings *settings = panel_settings(api->panel);

    request_answer_object(request, 200,
                          json_pack("{s:b,s:i}", "is_reregister", settings->is_reregister,
                                    "reregister_time", (int)settings->reregister_time_s));
}

bool api_read_reregister(const struct json_t *root, bool is_required, struct settings *settings,
                         struct field_error *ret_error)
{
    static const struct body_range range = {REREGISTER_MIN_S, REREGISTER_MAX_S};
    long long time_s = settings->reregister_time_s;
    bool is_on = settings->is_reregister;

    if (!body_bool(root, "is_reregister", is_required ? BODY_REQUIRED : BODY_OPTIONAL, &is_on,
                   ret_error) ||
        !body_number(root, "reregister_time", range, &time_s, ret_error))
        return false;
    settings->is_reregister = is_on;
    settings->reregister_time_s = (uint16_t)time_s;
    return true;
}

static int edit_reregister(struct settings *settings, struct request *request,
                           struct field_error *ret_error)
{
    json_t *root = NULL;
    int err = body_read(request, &root, ret_error);

    if (!err && !api_read_reregister(root, true, settings, ret_error))
        err = EINVAL;
    json_decref(root);
    return err;
}

void api_reregister_post(struct api *api, struct request *request)
{
    api_change(api, request, edit_reregister);
}

void api_sip_tls_get(struct api *api, struct request *request)
{
    const struct settings *settings = panel_settings(api->panel);

    request_answer_object(request, 200,
                          json_pack("{s:s,s:b}", "ca_pem", settings->sip_ca_pem, "verify",
                                    settings->sip_tls_is_checked));
}

static bool read_tls(const json_t *root, struct settings *settings, struct field_error *ret_error)
{
    const char *pem = NULL, *wrong;

    if (!body_text(root, "ca_pem", CA_PEM_MAX_LEN, &pem, ret_error) ||
        !body_bool(root, "verify", BODY_REQUIRED, &settings->sip_tls_is_checked, ret_error))
        return false;
    wrong = *pem ? certificate_check_ca(pem) : NULL;
    if (wrong) {
        field_error_value(ret_error, "ca_pem", wrong);
        return false;
    }
    memcpy(settings->sip_ca_pem, pem, strlen(pem) + 1);
    return true;
}

static int edit_tls(struct settings *settings, struct request *request,
                    struct field_error *ret_error)
{
    json_t *root = NULL;
    int err = body_read(request, &root, ret_error);

    if (!err && !read_tls(root, settings, ret_error))
        err = EINVAL;
    json_decref(root);
    return err;
}

void api_sip_tls_put(struct api *api, struct request *request)
{
    api_change(api, request, edit_tls);
}
