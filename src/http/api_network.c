/* SPDX-License-Identifier: MIT */
/* api_network.c - the panel's addresses. The machine's network is not changed by this program: what
 * is set here is kept and read back. */
#include <jansson.h>
#include <string.h>

#include "base/host_network.h"
#include "http/api.h"
#include "panel/panel.h"

/* As the machine has it now, or as it was set by hand. */
void api_network_get(struct api *api, struct request *request)
{
    const struct device_settings *device = &panel_settings(api->panel)->device;
    struct host_network host;

    if (device->is_dhcp) {
        host_network_read(&host);
        request_answer_object(request, 200,
                              json_pack("{s:b,s:s,s:s,s:s,s:s}", "dhcp", 1, "ip_address",
                                        host.ip_address, "mask", host.mask, "gateway", host.gateway,
                                        "dns", api->dns));
    } else {
        request_answer_object(request, 200,
                              json_pack("{s:b,s:s,s:s,s:s,s:s}", "dhcp", 0, "ip_address",
                                        device->ip_address, "mask", device->mask, "gateway",
                                        device->gateway, "dns", device->dns));
    }
}

static int edit_dhcp(struct settings *settings, struct request *request,
                     struct field_error *ret_error)
{
    (void)request;
    (void)ret_error;
    settings->device.is_dhcp = true;
    return 0;
}

void api_network_dhcp_post(struct api *api, struct request *request)
{
    api_change(api, request, edit_dhcp);
}

static int edit_static(struct settings *settings, struct request *request,
                       struct field_error *ret_error)
{
    size_t len;
    const char *body = request_body(request, &len);

    settings->device.is_dhcp = false;
    return device_settings_read(&device_settings_static, body, len, &settings->device, ret_error);
}

void api_network_static_post(struct api *api, struct request *request)
{
    api_change(api, request, edit_static);
}

void api_network_mac_get(struct api *api, struct request *request)
{
    request_answer_object(
        request, 200, json_pack("{s:s}", "mac_address", panel_identity(api->panel)->mac_address));
}

/* The time zone is an offset that stays all the year. */
void api_network_dst_get(struct api *api, struct request *request)
{
    (void)api;
    request_answer_json(request, 200, "{\"is_enabled\":false}");
}

/* Nobody can put a certificate for a management server here. */
void api_network_certificate_get(struct api *api, struct request *request)
{
    (void)api;
    request_answer_json(request, 200, "{\"uploaded\":false}");
}
