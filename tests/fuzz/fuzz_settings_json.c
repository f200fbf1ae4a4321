/* SPDX-License-Identifier: MIT */
/* A POST body to device/sip/settings. The first byte: is a password stored, and over TLS? */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "settings/json_memory.h"
#include "settings/sip_settings_json.h"

static struct sip_settings stored_for(uint8_t mode)
{
    struct sip_settings stored = sip_settings_default;

    if (mode & 1) {
        (void)snprintf(stored.proxy, sizeof(stored.proxy), "sip:pbx.test:5060");
        (void)snprintf(stored.realm, sizeof(stored.realm), "pbx.test");
        (void)snprintf(stored.user, sizeof(stored.user), "101");
        (void)snprintf(stored.password, sizeof(stored.password), "stored-secret");
        (void)snprintf(stored.user_id, sizeof(stored.user_id), "101");
        if (mode & 2)
            stored.transport = SIP_TRANSPORT_TLS;
    }
    return stored;
}

static bool is_same(const struct sip_settings *a, const struct sip_settings *b)
{
    return !strcmp(a->proxy, b->proxy) && !strcmp(a->realm, b->realm) &&
           !strcmp(a->user, b->user) && !strcmp(a->password, b->password) &&
           a->transport == b->transport && !strcmp(a->user_id, b->user_id) &&
           !strcmp(a->stun_ip, b->stun_ip) && a->stun_port == b->stun_port &&
           a->registration_interval_s == b->registration_interval_s &&
           !strcmp(a->outbound, b->outbound);
}

/* What is shown must be what can be sent back, and mean the same. */
static void check_accepted(const struct sip_settings *accepted)
{
    struct sip_settings again = *accepted;
    struct field_error error;
    char json[SIP_SETTINGS_JSON_MAX_LEN];
    size_t len = sip_settings_to_json(accepted, json);

    fuzz_must(len && len < sizeof(json) && json[len] == '\0' && strlen(json) == len);
    fuzz_must(accepted->password[0]);
    fuzz_must(strcmp(accepted->password, SIP_SETTINGS_PASSWORD_PLACEHOLDER) != 0);
    fuzz_must(!sip_settings_from_json(json, len, &again, &error));
    fuzz_must(is_same(&again, accepted));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sip_settings stored, settings;
    struct field_error error;
    int err;

    if (!size)
        return 0;
    json_memory_init();
    settings = stored = stored_for(*data);
    memset(&error, 0, sizeof(error));
    err = sip_settings_from_json((const char *)data + 1, size - 1, &settings, &error);
    if (err) {
        fuzz_must(err == EINVAL);
        fuzz_must(!memcmp(&settings, &stored, sizeof(settings)));
        fuzz_must(error.error[0] && strlen(error.error) < sizeof(error.error));
        fuzz_must(!strstr(error.error, "stored-secret"));
    } else {
        check_accepted(&settings);
        /* The stored password never goes to another server. */
        if (!strcmp(settings.password, stored.password) &&
            !memmem(data, size, stored.password, strlen(stored.password)) &&
            memmem(data, size, SIP_SETTINGS_PASSWORD_PLACEHOLDER, 7))
            fuzz_must(sip_settings_may_keep_password(&stored, &settings));
    }
    return 0;
}
