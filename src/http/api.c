/* SPDX-License-Identifier: MIT */
#include "http/api.h"

#include <stdio.h>
#include <string.h>

#include "http/origin.h"
#include "http/peer.h"
#include "http/response.h"

#define FIRST "/api/portero/v1/sip/accounts/1/"
#define SECOND "/api/portero/v1/sip/accounts/2/"
#define ACCESS "/api/v1/access/"
#define LOCK "/api/v1/access/general/lock/"
#define IDENTIFIER "/api/v1/access/identifier"

/* A few of the settings, read and written together. */
#define SETTINGS(path)                                                                             \
    {METHOD_GET, path, ROUTE_AUTH, ROUTE_READS, api_settings_get},                                 \
    {                                                                                              \
        METHOD_POST, path, ROUTE_AUTH, ROUTE_CHANGES, api_settings_post                            \
    }

/* Read and written. */
#define BOTH(path, name)                                                                           \
    {METHOD_GET, path, ROUTE_AUTH, ROUTE_READS, api_##name##_get},                                 \
    {                                                                                              \
        METHOD_POST, path, ROUTE_AUTH, ROUTE_CHANGES, api_##name##_post                            \
    }

/* Every route there is. /api/v0/... is the same as /api/v1/... */
static const struct route routes[] = {
    {METHOD_GET, "/api/info", ROUTE_OPEN, ROUTE_READS, api_info_get},
    {METHOD_GET, "/api/openapi.yaml", ROUTE_OPEN, ROUTE_READS, api_openapi_get},
    {METHOD_GET, "/api/v1/login", ROUTE_OPEN, ROUTE_CHANGES, api_login_get},
    {METHOD_POST, "/api/v1/login", ROUTE_OPEN, ROUTE_CHANGES, api_login_post},
    {METHOD_GET | METHOD_POST, "/api/v1/logout", ROUTE_AUTH, ROUTE_CHANGES, api_logout},
    {METHOD_POST, "/api/v1/security/password/admin", ROUTE_AUTH, ROUTE_CHANGES, api_password_post},
    {METHOD_POST, "/api/v1/security/password/web/admin", ROUTE_AUTH, ROUTE_CHANGES,
     api_password_post},
    {METHOD_GET, "/api/v1/device/sip/settings", ROUTE_AUTH, ROUTE_READS, api_sip_settings_get},
    {METHOD_POST, "/api/v1/device/sip/settings", ROUTE_AUTH, ROUTE_CHANGES, api_sip_settings_post},
    {METHOD_GET, "/api/v1/device/sip/enable", ROUTE_AUTH, ROUTE_READS, api_sip_enable_get},
    {METHOD_POST, "/api/v1/device/sip/enable", ROUTE_AUTH, ROUTE_CHANGES, api_sip_enable_post},
    {METHOD_GET, "/api/v1/device/sip/reregister", ROUTE_AUTH, ROUTE_READS, api_reregister_get},
    {METHOD_POST, "/api/v1/device/sip/reregister", ROUTE_AUTH, ROUTE_CHANGES, api_reregister_post},
    {METHOD_GET, "/api/v1/sip/status", ROUTE_OPEN, ROUTE_READS, api_sip_status_get},
    {METHOD_POST, "/api/portero/v1/sip/register", ROUTE_AUTH, ROUTE_CHANGES, api_sip_register_post},
    {METHOD_GET, "/api/portero/v1/https", ROUTE_AUTH, ROUTE_READS, api_https_get},
    {METHOD_PUT, "/api/portero/v1/https", ROUTE_AUTH, ROUTE_CHANGES, api_https_put},
    {METHOD_GET, "/api/portero/v1/sip/tls", ROUTE_AUTH, ROUTE_READS, api_sip_tls_get},
    {METHOD_PUT, "/api/portero/v1/sip/tls", ROUTE_AUTH, ROUTE_CHANGES, api_sip_tls_put},
    {METHOD_GET, "/api/portero/v1/sip/trace", ROUTE_AUTH, ROUTE_READS, api_sip_trace_get},
    {METHOD_GET, FIRST "settings", ROUTE_AUTH, ROUTE_READS, api_sip_settings_get},
    {METHOD_POST, FIRST "settings", ROUTE_AUTH, ROUTE_CHANGES, api_sip_settings_post},
    {METHOD_GET, FIRST "status", ROUTE_AUTH, ROUTE_READS, api_sip_first_status_get},
    {METHOD_GET, SECOND "settings", ROUTE_AUTH, ROUTE_READS, api_sip_second_settings_get},
    {METHOD_POST, SECOND "settings", ROUTE_AUTH, ROUTE_CHANGES, api_sip_second_settings_post},
    {METHOD_DELETE, SECOND "settings", ROUTE_AUTH, ROUTE_CHANGES, api_sip_second_settings_delete},
    {METHOD_POST, FIRST "check", ROUTE_AUTH, ROUTE_CHANGES, api_check_post},
    {METHOD_POST, SECOND "check", ROUTE_AUTH, ROUTE_CHANGES, api_second_check_post},
    {METHOD_GET, SECOND "status", ROUTE_AUTH, ROUTE_READS, api_sip_second_status_get},
    {METHOD_GET, "/api/v1/log/items", ROUTE_AUTH, ROUTE_READS, api_log_items_get},
    {METHOD_GET, "/api/portero/v1/events", ROUTE_AUTH, ROUTE_READS, api_events_get},
    {METHOD_POST, "/api/portero/v1/sip/check", ROUTE_AUTH, ROUTE_CHANGES, api_check_post},
    {METHOD_POST, "/api/v1/system/debug/call/start", ROUTE_AUTH, ROUTE_CHANGES, api_call_start},
    {METHOD_POST, "/api/v1/system/debug/call/end", ROUTE_AUTH, ROUTE_CHANGES, api_call_end},
    {METHOD_GET, "/api/v1/system/debug/call/status", ROUTE_AUTH, ROUTE_READS, api_call_status},
    {METHOD_GET, "/api/v1/system/call/status", ROUTE_AUTH, ROUTE_READS, api_call_status},
    {METHOD_GET, "/api/portero/v1/calls", ROUTE_AUTH, ROUTE_READS, api_calls_get},
    {METHOD_POST, "/api/portero/v1/calls/answer", ROUTE_AUTH, ROUTE_CHANGES, api_call_answer},
    SETTINGS("/api/v1/device/call/dial/timeout"),
    SETTINGS("/api/v1/device/call/talk/timeout"),
    SETTINGS("/api/v1/device/call/concierge"),
    SETTINGS("/api/v1/device/call/auto_answer"),
    SETTINGS("/api/v1/device/call/drop"),
    SETTINGS("/api/v1/device/call/drop/lock-open"),
    SETTINGS("/api/v1/device/settings/volume"),
    SETTINGS("/api/v1/device/settings/mic"),
    SETTINGS("/api/portero/v1/calls/settings"),
    SETTINGS("/api/v1/network/ntp"),
    SETTINGS("/api/v1/network/management/link"),
    SETTINGS("/api/v1/network/management/server"),
    SETTINGS("/api/v1/device/settings/video"),
    SETTINGS("/api/v1/device/settings/payload"),
    SETTINGS("/api/v1/device/settings/rtsp"),
    {METHOD_POST, "/api/v1/access/general/wiegand/type", ROUTE_AUTH, ROUTE_CHANGES,
     api_settings_post},
    {METHOD_POST, "/api/v1/web/ssl", ROUTE_AUTH, ROUTE_CHANGES, api_web_ssl_post},
    {METHOD_GET, "/api/v1/device/time", ROUTE_AUTH, ROUTE_READS, api_device_time_get},
    {METHOD_GET, "/api/v1/device/language", ROUTE_AUTH, ROUTE_READS, api_language_get},
    {METHOD_POST, "/api/v1/device/language", ROUTE_AUTH, ROUTE_CHANGES, api_language_post},
    {METHOD_GET, "/api/v1/device/mode/current", ROUTE_AUTH, ROUTE_READS, api_mode_get},
    {METHOD_POST, "/api/v1/device/mode/wall", ROUTE_AUTH, ROUTE_CHANGES, api_mode_wall_post},
    {METHOD_POST, "/api/v1/device/mode/unit", ROUTE_AUTH, ROUTE_CHANGES, api_mode_unit_post},
    {METHOD_GET, "/api/v1/device/relay/settings", ROUTE_AUTH, ROUTE_READS, api_relay_get},
    {METHOD_GET, "/api/v1/device/feature/rescue-service", ROUTE_AUTH, ROUTE_READS, api_rescue_get},
    {METHOD_GET, "/api/v1/security/ipcam", ROUTE_AUTH, ROUTE_READS, api_ipcam_get},
    {METHOD_GET, "/api/v1/network/settings", ROUTE_AUTH, ROUTE_READS, api_network_get},
    {METHOD_POST, "/api/v1/network/settings/dhcp", ROUTE_AUTH, ROUTE_CHANGES,
     api_network_dhcp_post},
    {METHOD_POST, "/api/v1/network/settings/static", ROUTE_AUTH, ROUTE_CHANGES,
     api_network_static_post},
    {METHOD_GET, "/api/v1/network/mac", ROUTE_AUTH, ROUTE_READS, api_network_mac_get},
    {METHOD_GET, "/api/v1/network/dst", ROUTE_AUTH, ROUTE_READS, api_network_dst_get},
    {METHOD_GET, "/api/v1/network/timezone", ROUTE_AUTH, ROUTE_READS, api_timezone_get},
    {METHOD_POST, "/api/v1/network/timezone", ROUTE_AUTH, ROUTE_CHANGES, api_timezone_post},
    {METHOD_GET, "/api/v1/network/management/server/certificate", ROUTE_AUTH, ROUTE_READS,
     api_network_certificate_get},
    {METHOD_GET, "/api/v1/photo/file", ROUTE_AUTH, ROUTE_READS, api_photo_get},
    {METHOD_GET, "/api/v1/system/reboot/run", ROUTE_AUTH, ROUTE_CHANGES, api_reboot_get},
    {METHOD_POST, "/api/v1/system/settings/default", ROUTE_AUTH, ROUTE_CHANGES, api_reset_post},
    {METHOD_POST, "/api/v1/system/data/clear", ROUTE_AUTH, ROUTE_CHANGES, api_data_clear_post},
    {METHOD_POST, "/api/v1/forward/item/{n}", ROUTE_AUTH, ROUTE_CHANGES, api_forward_post},
    {METHOD_GET, "/api/v1/forward/items", ROUTE_AUTH, ROUTE_READS, api_forward_get},
    {METHOD_DELETE, "/api/v1/forward/items", ROUTE_AUTH, ROUTE_CHANGES, api_forward_delete},
    {METHOD_POST, IDENTIFIER, ROUTE_AUTH, ROUTE_CHANGES, api_identifier_post},
    {METHOD_GET, IDENTIFIER "/item/{n}", ROUTE_AUTH, ROUTE_READS, api_identifier_get},
    {METHOD_PATCH, IDENTIFIER "/item/{n}", ROUTE_AUTH, ROUTE_CHANGES, api_identifier_patch},
    {METHOD_DELETE, IDENTIFIER "/item/{n}", ROUTE_AUTH, ROUTE_CHANGES, api_identifier_delete},
    {METHOD_GET, IDENTIFIER "/item/{n}/qr", ROUTE_AUTH, ROUTE_READS, api_identifier_qr_get},
    {METHOD_GET, IDENTIFIER "/items", ROUTE_AUTH, ROUTE_READS, api_identifiers_get},
    {METHOD_DELETE, IDENTIFIER "/items", ROUTE_AUTH, ROUTE_CHANGES, api_identifiers_delete},
    {METHOD_POST, IDENTIFIER "/items/link", ROUTE_AUTH, ROUTE_CHANGES, api_identifier_links_post},
    {METHOD_GET, IDENTIFIER "/items/link", ROUTE_AUTH, ROUTE_READS, api_identifier_links_get},
    {METHOD_DELETE, IDENTIFIER "/items/link", ROUTE_AUTH, ROUTE_CHANGES,
     api_identifier_links_delete},
    {METHOD_GET, "/api/portero/v1/sim/keypad", ROUTE_AUTH, ROUTE_READS, api_keypad_get},
    {METHOD_POST, "/api/portero/v1/sim/keypad", ROUTE_AUTH, ROUTE_CHANGES, api_keypad_post},
    {METHOD_GET | METHOD_POST, LOCK "open/remote/accepted/{n}", ROUTE_AUTH, ROUTE_CHANGES,
     api_lock_open},
    {METHOD_POST, LOCK "open/emergency", ROUTE_AUTH, ROUTE_CHANGES, api_lock_open_emergency},
    {METHOD_POST, LOCK "close/emergency", ROUTE_AUTH, ROUTE_CHANGES, api_lock_close_emergency},
    {METHOD_GET, "/api/portero/v1/locks", ROUTE_AUTH, ROUTE_READS, api_locks_get},
    {METHOD_GET, LOCK "timeout/{n}", ROUTE_AUTH, ROUTE_READS, api_lock_timeout_get},
    {METHOD_POST, LOCK "timeout/{n}", ROUTE_AUTH, ROUTE_CHANGES, api_lock_timeout_post},
    {METHOD_GET, LOCK "delay/{n}", ROUTE_AUTH, ROUTE_READS, api_lock_delay_get},
    {METHOD_POST, LOCK "delay/{n}", ROUTE_AUTH, ROUTE_CHANGES, api_lock_delay_post},
    {METHOD_GET, LOCK "dtmf/{n}", ROUTE_AUTH, ROUTE_READS, api_lock_dtmf_get},
    {METHOD_POST, LOCK "dtmf/{n}", ROUTE_AUTH, ROUTE_CHANGES, api_lock_dtmf_post},
    {METHOD_GET, LOCK "type", ROUTE_AUTH, ROUTE_READS, api_lock_type_get},
    {METHOD_POST, LOCK "type", ROUTE_AUTH, ROUTE_CHANGES, api_lock_type_post},
    {METHOD_GET, "/api/v1/syslog/settings", ROUTE_AUTH, ROUTE_READS, api_syslog_get},
    {METHOD_POST, "/api/v1/syslog/settings", ROUTE_AUTH, ROUTE_CHANGES, api_syslog_post},
    {METHOD_GET, "/api/portero/v1/syslog", ROUTE_AUTH, ROUTE_READS, api_syslog_get},
    {METHOD_POST, "/api/portero/v1/syslog", ROUTE_AUTH, ROUTE_CHANGES, api_syslog_post},
    BOTH(ACCESS "general/unlock/input/code", master_code),
    BOTH(ACCESS "general/unlock/card/master", master_card),
    BOTH(ACCESS "general/remote/control/settings", remote_access),
    BOTH(ACCESS "freeaccess", free_access),
    BOTH(ACCESS "door/sensor", door_sensor),
    {METHOD_GET, ACCESS "door/status", ROUTE_AUTH, ROUTE_READS, api_door_status_get},
    BOTH(ACCESS "exit/button/toggle", exit_button),
    {METHOD_GET, "/api/portero/v1/sim", ROUTE_AUTH, ROUTE_READS, api_sim_get},
    {METHOD_POST, "/api/portero/v1/sim/card", ROUTE_AUTH, ROUTE_CHANGES, api_sim_card_post},
    {METHOD_POST, "/api/portero/v1/sim/code", ROUTE_AUTH, ROUTE_CHANGES, api_sim_code_post},
    {METHOD_POST, "/api/portero/v1/sim/qr", ROUTE_AUTH, ROUTE_CHANGES, api_sim_qr_post},
    {METHOD_POST, "/api/portero/v1/sim/button", ROUTE_AUTH, ROUTE_CHANGES, api_sim_button_post},
    {METHOD_POST, "/api/portero/v1/sim/sensor", ROUTE_AUTH, ROUTE_CHANGES, api_sim_sensor_post},
    {METHOD_POST, "/api/portero/v1/password", ROUTE_AUTH, ROUTE_CHANGES, api_password_local_post},
};

enum { ROUTES = sizeof(routes) / sizeof(routes[0]) };
_Static_assert((int)ROUTES <= ROUTE_MAX_ROWS, "struct route_table is too small");

#define ROOT "/api"

bool api_has_path(const char *path)
{
    size_t len = strlen(ROOT);

    return strncmp(path, ROOT, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

static bool is_change(const struct request *request, const struct route *route)
{
    enum method method = request_method(request);

    if (method != METHOD_GET && method != METHOD_HEAD)
        return true;
    return route && route->effect == ROUTE_CHANGES;
}

static bool is_from_other_site(const struct request *request)
{
    if (request_peer(request)->is_local)
        return false;
    return origin_is_foreign(request_header(request, "Sec-Fetch-Site"),
                             request_header(request, "Origin"), request_header(request, "Host"));
}

static void answer_log_in(struct request *request)
{
    static const char text[] = "{\"error\":\"Log In\"}";
    struct response *response = response_json(text, sizeof(text) - 1);

    response_header(response, "WWW-Authenticate", "Bearer realm=\"portero\"");
    request_answer(request, 401, response);
}

static void answer_wrong_method(struct request *request, unsigned methods)
{
    static const char text[] = "{\"error\":\"Method not allowed\"}";
    struct response *response = response_json(text, sizeof(text) - 1);
    char allow[ROUTE_ALLOW_SIZE];

    route_allow_text(methods, allow);
    response_header(response, "Allow", allow);
    request_answer(request, 405, response);
}

static void serve_granted(struct api *api, struct request *request)
{
    const struct route_match *match = request_match(request);

    if (match->route)
        match->route->handle(api, request);
    else if (match->methods)
        answer_wrong_method(request, match->methods);
    else
        request_answer_error(request, 404, "Not found");
}

static void on_checked(struct request *request, enum password_result result, unsigned wait_s)
{
    switch (result) {
    case PASSWORD_RIGHT:
        serve_granted(request_match(request)->api, request);
        break;
    case PASSWORD_WRONG:
        answer_log_in(request);
        break;
    case PASSWORD_PAUSE:
        api_answer_wait(request, wait_s);
        break;
    }
}

void api_init(struct api *api)
{
    route_table_init(&api->routes, routes, ROUTES);
}

void api_serve(struct api *api, struct request *request)
{
    struct route_match *match = request_match(request);

    route_find(&api->routes, request_method(request), request_path(request), match);
    match->api = api;
    if (is_change(request, match->route) && is_from_other_site(request))
        request_answer_error(request, 403, "Refused: the request comes from another site");
    else if (match->is_open)
        serve_granted(api, request);
    else
        auth_check(api->auth, request, on_checked);
}

void api_answer_wait(struct request *request, unsigned wait_s)
{
    struct response *response;
    char text[64];
    int len;

    len = snprintf(text, sizeof(text), "{\"error\":\"Too Many Requests\",\"seconds\":%u}", wait_s);
    response = response_json(text, (size_t)len);
    (void)snprintf(text, sizeof(text), "%u", wait_s);
    response_header(response, "Retry-After", text);
    request_answer(request, 429, response);
}

void api_done(struct api *api)
{
    api->sip_settings = response_free(api->sip_settings);
}
