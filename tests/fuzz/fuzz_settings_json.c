/* SPDX-License-Identifier: MIT */
/* A POST body to device/sip/settings. The first byte: is a password stored, and over TLS? */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "settings/json_memory.h"
#include "settings/sip_settings_json.h"

#define SECRET "stored-secret"

static struct sip_settings stored_for(uint8_t mode)
{
    struct sip_settings stored = sip_settings_default;

    if (mode & 1) {
        (void)snprintf(stored.proxy, sizeof(stored.proxy), "sip:pbx.test:5060");
        (void)snprintf(stored.realm, sizeof(stored.realm), "pbx.test");
        (void)snprintf(stored.user, sizeof(stored.user), "101");
        (void)snprintf(stored.password, sizeof(stored.password), SECRET);
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

static void check_body(const struct sip_settings *stored, const char *body, size_t len)
{
    struct sip_settings settings = *stored;
    struct field_error error = {.field = ""};
    int err = sip_settings_from_json(body, len, &settings, &error);

    if (err) {
        fuzz_must(err == EINVAL);
        fuzz_must(!memcmp(&settings, stored, sizeof(settings)));
        fuzz_must(error.error[0] && strlen(error.error) < sizeof(error.error));
        fuzz_must(!strstr(error.error, SECRET) && !strstr(error.reason, SECRET));
        return;
    }
    check_accepted(&settings);
    /* The stored password never goes to another server. */
    if (!strcmp(settings.password, SECRET) && !memmem(body, len, SECRET, strlen(SECRET)) &&
        !memchr(body, '\\', len))
        fuzz_must(sip_settings_may_keep_password(stored, &settings));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t len = size ? size - 1 : 0;
    struct sip_settings stored;
    char *body; /* exactly as long as the input: reading on shows */

    if (!size)
        return 0;
    body = malloc(len ? len : 1);
    if (!body)
        abort();
    memcpy(body, data + 1, len);
    json_memory_init();
    stored = stored_for(data[0]);
    check_body(&stored, body, len);
    free(body);
    return 0;
}
