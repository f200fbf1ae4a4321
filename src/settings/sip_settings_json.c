/* SPDX-License-Identifier: MIT */
#include "settings/sip_settings_json.h"

#include <errno.h>
#include <string.h>

#include "settings/member_json.h"

static int from_json(const struct member_table *table, const char *body, size_t len,
                     struct sip_settings *settings, struct field_error *ret_error)
{
    struct sip_settings changed = *settings;
    int err;

    err = member_json_read(table, body, len, &changed, ret_error);
    if (err)
        goto out;
    if (strcmp(changed.password, SIP_SETTINGS_PASSWORD_PLACEHOLDER) == 0) {
        if (!sip_settings_may_keep_password(settings, &changed)) {
            field_error_value(ret_error, "password",
                              "type the password again for a new server or account");
            err = EINVAL;
            goto out;
        }
        memcpy(changed.password, settings->password, sizeof(changed.password));
    }
    *settings = changed;
out:
    sip_settings_wipe(&changed);
    return err;
}

int sip_settings_from_json(const char *body, size_t len, struct sip_settings *settings,
                           struct field_error *ret_error)
{
    return from_json(&sip_settings_members, body, len, settings, ret_error);
}

int sip_settings_second_from_json(const char *body, size_t len, struct sip_settings *settings,
                                  struct field_error *ret_error)
{
    return from_json(&sip_settings_second_members, body, len, settings, ret_error);
}

size_t sip_settings_to_json(const struct sip_settings *settings,
                            char buf[SIP_SETTINGS_JSON_MAX_LEN])
{
    return member_json_write(&sip_settings_members, settings, buf, SIP_SETTINGS_JSON_MAX_LEN);
}

size_t sip_settings_second_to_json(const struct sip_settings *settings,
                                   char buf[SIP_SETTINGS_JSON_MAX_LEN])
{
    return member_json_write(&sip_settings_second_members, settings, buf,
                             SIP_SETTINGS_JSON_MAX_LEN);
}
