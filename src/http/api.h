/* SPDX-License-Identifier: MIT */
/* api.h - the panel's HTTP API: the table of its routes (api.c), who may use them, and what
 * the handlers (api_*.c) share. Loop thread only. Never blocks. */
#ifndef HTTP_API_H
#define HTTP_API_H

#include "base/host_network.h"
#include "http/auth.h"
#include "http/request.h"
#include "settings/settings.h"

struct api {
    struct panel *panel;      /* borrowed */
    struct event_bus *events; /* borrowed; may be NULL */
    struct worker *worker;    /* borrowed; for password hashing */
    struct auth *auth;        /* borrowed */
    /* The log of events, and who follows it. Both borrowed; NULL: there is none. */
    struct journal *journal;
    struct event_streams *streams;
    /* The HTTPS identity in the settings is another one. NULL while HTTPS is off. */
    void (*renew_identity)(void *arg);
    void *renew_arg;
    /* device.is_https_on in the settings has changed. NULL where HTTPS is not configured. */
    void (*switch_https)(void *arg);
    void *switch_arg;
    char dns[HOST_NETWORK_ADDRESS_SIZE]; /* the machine's name server; "": none */
    /* The answer to GET device/sip/settings, ready while the settings stay as they are. */
    struct response *sip_settings;       /* owned */
    struct sip_settings sip_settings_of; /* without the password */
    struct route_table routes;           /* by api_init */
};

/* The first to be called, once the borrowed are set. */
void api_init(struct api *api);

/* Serve a request whose path is /api or below it. */
void api_serve(struct api *api, struct request *request);

/* Frees what api owns. */
void api_done(struct api *api);

/* Is this path the API's? */
bool api_has_path(const char *path);

/* An edit of the settings for api_change. request: for its body.
 * Returns 0 to store them; or EINVAL with *ret_error set, or another errno value. */
typedef int api_edit_fn(struct settings *settings, struct request *request,
                        struct field_error *ret_error);

/* Change the settings, then answer: 200 {} when they are on disk and run; 400 with error,
 * field and reason; or why they could not be stored. */
void api_change(struct api *api, struct request *request, api_edit_fn *edit);

typedef void api_then_fn(struct api *api);

/* The same; then is called before the answer if all went well. */
void api_change_then(struct api *api, struct request *request, api_edit_fn *edit,
                     api_then_fn *then);

/* The answer when panel_change could not store. request: not an orphan, or api unused. */
void api_answer_not_stored(struct api *api, struct request *request, int err);

/* Read `is_reregister` and `reregister_time`; what is left out stays.
 * Returns false with ret_error set; then settings are unchanged. */
bool api_read_reregister(const struct json_t *root, bool is_required, struct settings *settings,
                         struct field_error *ret_error);

/* 400 with error, field and reason. */
void api_answer_field_error(struct request *request, const struct field_error *error);

/* What body_read or a check behind it has found: EINVAL is that, ENOMEM a 500. */
void api_answer_wrong_body(struct request *request, int err, const struct field_error *error);

/* 400: there is no such number. */
void api_answer_wrong_lock(struct request *request);

/* 429 with Retry-After. */
void api_answer_wait(struct request *request, unsigned wait_s);

/* The handlers, by file; each is a route_fn. */
void api_info_get(struct api *api, struct request *request); /* api_info.c */
void api_openapi_get(struct api *api, struct request *request);

void api_events_get(struct api *api, struct request *request); /* api_events.c */

void api_https_get(struct api *api, struct request *request); /* api_https.c */
void api_https_put(struct api *api, struct request *request);

void api_log_items_get(struct api *api, struct request *request); /* api_log.c */

void api_lock_open(struct api *api, struct request *request); /* api_lock.c */
void api_lock_open_emergency(struct api *api, struct request *request);
void api_lock_close_emergency(struct api *api, struct request *request);
void api_locks_get(struct api *api, struct request *request);

void api_lock_timeout_get(struct api *api, struct request *request); /* api_lock_settings.c */
void api_lock_timeout_post(struct api *api, struct request *request);
void api_lock_delay_get(struct api *api, struct request *request);
void api_lock_delay_post(struct api *api, struct request *request);
void api_lock_dtmf_get(struct api *api, struct request *request);
void api_lock_dtmf_post(struct api *api, struct request *request);
void api_lock_type_get(struct api *api, struct request *request);
void api_lock_type_post(struct api *api, struct request *request);

void api_login_get(struct api *api, struct request *request); /* api_login.c */
void api_login_post(struct api *api, struct request *request);
void api_logout(struct api *api, struct request *request);

void api_password_post(struct api *api, struct request *request); /* api_password.c */
void api_password_local_post(struct api *api, struct request *request);

void api_call_start(struct api *api, struct request *request); /* api_call.c */
void api_call_end(struct api *api, struct request *request);
void api_call_answer(struct api *api, struct request *request);
void api_call_status(struct api *api, struct request *request);
void api_calls_get(struct api *api, struct request *request);

void api_settings_get(struct api *api, struct request *request); /* api_settings.c */
void api_settings_post(struct api *api, struct request *request);
void api_web_ssl_post(struct api *api, struct request *request);

void api_device_time_get(struct api *api, struct request *request); /* api_device.c */
void api_timezone_get(struct api *api, struct request *request);
void api_timezone_post(struct api *api, struct request *request);
void api_language_get(struct api *api, struct request *request);
void api_language_post(struct api *api, struct request *request);
void api_mode_get(struct api *api, struct request *request);
void api_mode_wall_post(struct api *api, struct request *request);
void api_mode_unit_post(struct api *api, struct request *request);
void api_relay_get(struct api *api, struct request *request);
void api_rescue_get(struct api *api, struct request *request);
void api_ipcam_get(struct api *api, struct request *request);

void api_network_get(struct api *api, struct request *request); /* api_network.c */
void api_network_dhcp_post(struct api *api, struct request *request);
void api_network_static_post(struct api *api, struct request *request);
void api_network_mac_get(struct api *api, struct request *request);
void api_network_dst_get(struct api *api, struct request *request);
void api_network_certificate_get(struct api *api, struct request *request);

void api_photo_get(struct api *api, struct request *request); /* api_photo.c */

void api_reboot_get(struct api *api, struct request *request); /* api_system.c */
void api_reset_post(struct api *api, struct request *request);
void api_data_clear_post(struct api *api, struct request *request);

void api_forward_post(struct api *api, struct request *request); /* api_forward.c */
void api_forward_get(struct api *api, struct request *request);
void api_forward_delete(struct api *api, struct request *request);

void api_identifier_post(struct api *api, struct request *request); /* api_identifier.c */
void api_identifier_get(struct api *api, struct request *request);
void api_identifier_patch(struct api *api, struct request *request);
void api_identifier_delete(struct api *api, struct request *request);
void api_identifier_qr_get(struct api *api, struct request *request);
void api_identifiers_get(struct api *api, struct request *request);
void api_identifiers_delete(struct api *api, struct request *request);
void api_identifier_links_post(struct api *api, struct request *request);
void api_identifier_links_get(struct api *api, struct request *request);
void api_identifier_links_delete(struct api *api, struct request *request);

void api_master_code_get(struct api *api, struct request *request); /* api_entry.c */
void api_master_code_post(struct api *api, struct request *request);
void api_master_card_get(struct api *api, struct request *request);
void api_master_card_post(struct api *api, struct request *request);
void api_remote_access_get(struct api *api, struct request *request);
void api_remote_access_post(struct api *api, struct request *request);
void api_free_access_get(struct api *api, struct request *request);
void api_free_access_post(struct api *api, struct request *request);
void api_door_sensor_get(struct api *api, struct request *request);
void api_door_sensor_post(struct api *api, struct request *request);
void api_door_status_get(struct api *api, struct request *request);
void api_exit_button_get(struct api *api, struct request *request);
void api_exit_button_post(struct api *api, struct request *request);

void api_sim_get(struct api *api, struct request *request); /* api_sim.c */
void api_sim_card_post(struct api *api, struct request *request);
void api_sim_code_post(struct api *api, struct request *request);
void api_sim_qr_post(struct api *api, struct request *request);
void api_sim_button_post(struct api *api, struct request *request);
void api_sim_sensor_post(struct api *api, struct request *request);

void api_identifier_post(struct api *api, struct request *request); /* api_identifier.c */
void api_identifier_get(struct api *api, struct request *request);
void api_identifier_patch(struct api *api, struct request *request);
void api_identifier_delete(struct api *api, struct request *request);
void api_identifier_qr_get(struct api *api, struct request *request);
void api_identifiers_get(struct api *api, struct request *request);
void api_identifiers_delete(struct api *api, struct request *request);
void api_identifier_links_post(struct api *api, struct request *request);
void api_identifier_links_get(struct api *api, struct request *request);
void api_identifier_links_delete(struct api *api, struct request *request);

void api_keypad_get(struct api *api, struct request *request); /* api_keypad.c */
void api_keypad_post(struct api *api, struct request *request);

void api_check_post(struct api *api, struct request *request); /* api_check.c */
void api_second_check_post(struct api *api, struct request *request);

void api_sip_settings_get(struct api *api, struct request *request); /* api_sip.c */
void api_sip_settings_post(struct api *api, struct request *request);
void api_sip_enable_get(struct api *api, struct request *request);
void api_sip_enable_post(struct api *api, struct request *request);
void api_sip_status_get(struct api *api, struct request *request);
void api_sip_register_post(struct api *api, struct request *request);
void api_sip_second_settings_get(struct api *api, struct request *request);
void api_sip_second_settings_post(struct api *api, struct request *request);
void api_sip_second_settings_delete(struct api *api, struct request *request);
void api_sip_first_status_get(struct api *api, struct request *request);
void api_sip_second_status_get(struct api *api, struct request *request);

void api_reregister_get(struct api *api, struct request *request); /* api_sip_tls.c */
void api_reregister_post(struct api *api, struct request *request);
void api_sip_tls_get(struct api *api, struct request *request);
void api_sip_tls_put(struct api *api, struct request *request);

void api_sip_trace_get(struct api *api, struct request *request); /* api_sip_trace.c */

void api_syslog_get(struct api *api, struct request *request); /* api_syslog.c */
void api_syslog_post(struct api *api, struct request *request);

#endif
