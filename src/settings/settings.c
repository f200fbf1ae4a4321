/* SPDX-License-Identifier: MIT */
#include "settings/settings.h"

#include <string.h>

enum { REREGISTER_DEFAULT_S = 900 };

void settings_init(struct settings *settings)
{
    memset(settings, 0, sizeof(*settings));
    settings->sip = sip_settings_default;
    settings->second = sip_settings_default;
    settings->is_reregister = true;
    settings->reregister_time_s = REREGISTER_DEFAULT_S;
    settings->sip_tls_is_checked = true;
    settings->calls = call_settings_default;
    settings->locks = lock_settings_default;
    settings->entry = entry_settings_default;
    settings->device = device_settings_default;
    settings->syslog = syslog_settings_default;
}

void settings_wipe(struct settings *settings)
{
    explicit_bzero(settings, sizeof(*settings));
}
