/* SPDX-License-Identifier: MIT */
/* api_sip.c - device/sip/settings, device/sip/enable, sip/status, sip/register, and the same for
 * each account. */
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "http/api.h"
#include "http/body.h"
#include "http/response.h"
#include "panel/panel.h"
#include "settings/field_error.h"
#include "settings/sip_settings_json.h"

/* All that GET shows: the password is not. */
static bool looks_same(const struct sip_settings *a, const struct sip_settings *b)
{
    return strcmp(a->proxy, b->proxy) == 0 && strcmp(a->realm, b->realm) == 0 &&
           strcmp(a->user, b->user) == 0 && strcmp(a->user_id, b->user_id) == 0 &&
           strcmp(a->stun_ip, b->stun_ip) == 0 && strcmp(a->outbound, b->outbound) == 0 &&
           a->transport == b->transport && a->stun_port == b->stun_port &&
           a->registration_interval_s == b->registration_interval_s;
}

/* Clients ask for this more often than for anything else, so the answer is kept ready. */
void api_sip_settings_get(struct api *api, struct request *request)
{
    const struct sip_settings *settings = &panel_settings(api->panel)->sip;

    if (!api->sip_settings || !looks_same(settings, &api->sip_settings_of)) {
        char text[SIP_SETTINGS_JSON_MAX_LEN];
        size_t len = sip_settings_to_json(settings, text);

        response_free(api->sip_settings);
        api->sip_settings = response_json(text, len);
        api->sip_settings_of = *settings;
        explicit_bzero(api->sip_settings_of.password, sizeof(api->sip_settings_of.password));
    }
    request_answer(request, 200, response_share(api->sip_settings));
}

static void was_set(struct settings *settings)
{
    if (settings->sip_enable == SWITCH_UNSET)
        settings->sip_enable = SWITCH_ON;
}

static int edit_settings(struct settings *settings, struct request *request,
                         struct field_error *ret_error)
{
    size_t len;
    const char *body = request_body(request, &len);
    int err = sip_settings_from_json(body, len, &settings->sip, ret_error);

    if (err)
        return err;
    settings->sip_is_set = true;
    was_set(settings);
    return 0;
}

void api_sip_settings_post(struct api *api, struct request *request)
{
    api_change(api, request, edit_settings);
}

void api_sip_second_settings_get(struct api *api, struct request *request)
{
    char text[SIP_SETTINGS_JSON_MAX_LEN];

    (void)sip_settings_second_to_json(&panel_settings(api->panel)->second, text);
    request_answer_json(request, 200, text);
}

static int edit_second_settings(struct settings *settings, struct request *request,
                                struct field_error *ret_error)
{
    size_t len;
    const char *body = request_body(request, &len);
    int err = sip_settings_second_from_json(body, len, &settings->second, ret_error);

    if (err)
        return err;
    settings->second_is_set = true;
    was_set(settings);
    return 0;
}

void api_sip_second_settings_post(struct api *api, struct request *request)
{
    api_change(api, request, edit_second_settings);
}

static int edit_second_removed(struct settings *settings, struct request *request,
                               struct field_error *ret_error)
{
    (void)request;
    (void)ret_error;
    sip_settings_wipe(&settings->second);
    settings->second = sip_settings_default;
    settings->second_is_set = false;
    return 0;
}

void api_sip_second_settings_delete(struct api *api, struct request *request)
{
    api_change(api, request, edit_second_removed);
}

void api_sip_enable_get(struct api *api, struct request *request)
{
    bool is_on = panel_settings(api->panel)->sip_enable == SWITCH_ON;

    request_answer_json(request, 200, is_on ? "{\"sip_enable\":true}" : "{\"sip_enable\":false}");
}

static int edit_enable(struct settings *settings, struct request *request,
                       struct field_error *ret_error)
{
    json_t *root = NULL;
    bool is_on = false;
    int err = body_read(request, &root, ret_error);

    /* Some clients set both at once. */
    if (!err && (!body_bool(root, "sip_enable", BODY_REQUIRED, &is_on, ret_error) ||
                 !api_read_reregister(root, false, settings, ret_error)))
        err = EINVAL;
    settings->sip_enable = is_on ? SWITCH_ON : SWITCH_OFF;
    json_decref(root);
    return err;
}

void api_sip_enable_post(struct api *api, struct request *request)
{
    api_change(api, request, edit_enable);
}

static const char *state_name(enum panel_sip_state state)
{
    switch (state) {
    case PANEL_SIP_OK:
        return "OK";
    case PANEL_SIP_OFFLINE:
        return "OFFLINE";
    case PANEL_SIP_ERROR:
        break;
    }
    return "ERROR";
}

/* 0 stands for "none", which is null for clients. */
static json_t *number_or_null(int64_t number)
{
    return number ? json_integer(number) : json_null();
}

static json_t *detail_of(const struct panel_sip_status *status)
{
    const char *address = status->public_address[0] ? status->public_address : NULL;
    json_t *verified = status->is_tls ? json_boolean(status->is_tls_verified) : json_null();

    return json_pack("{s:o,s:s,s:o,s:o,s:s?,s:s,s:o,s:b}", "code", number_or_null(status->code),
                     "reason", status->reason, "expires_at", number_or_null(status->expires_at_s),
                     "next_attempt_at", number_or_null(status->next_attempt_at_s), "public_address",
                     address, "stun", status->stun, "tls_verified", verified, "set",
                     status->is_set);
}

static void answer_status(struct api *api, struct request *request, unsigned account,
                          bool with_detail)
{
    struct panel_sip_status status;
    json_t *object;

    panel_sip_status(api->panel, account, &status);
    object = json_pack("{s:s,s:o}", "sip_status", state_name(status.state), "register_last_attempt",
                       number_or_null(status.register_last_attempt_s));
    if (object && with_detail && json_object_set_new(object, "detail", detail_of(&status))) {
        json_decref(object);
        object = NULL;
    }
    request_answer_object(request, 200, object);
}

/* Open to everybody. Only a token shows more: with Basic it would tell who guesses whether
 * a password is right. */
void api_sip_status_get(struct api *api, struct request *request)
{
    answer_status(api, request, 1, auth_has_token(api->auth, request));
}

void api_sip_first_status_get(struct api *api, struct request *request)
{
    answer_status(api, request, 1, true);
}

void api_sip_second_status_get(struct api *api, struct request *request)
{
    answer_status(api, request, 2, true);
}

void api_sip_register_post(struct api *api, struct request *request)
{
    panel_sip_register_now(api->panel);
    request_answer_json(request, 200, "{}");
}
