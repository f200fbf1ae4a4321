/* SPDX-License-Identifier: MIT */
/* Settings as JSON, and on disk: what is stored is the old or the new, never something else, and
 * a lack of memory is not taken for a damaged store. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "oom.h"
#include "settings/admin.h"
#include "settings/json_memory.h"
#include "settings/secret.h"
#include "settings/sip_settings_json.h"
#include "settings/store.h"

static char dir[] = "/tmp/portero-oom-XXXXXX";
static char fresh_dir[64];

static int run_json(void)
{
    static const char body[] =
        "{\"proxy\":\"sip:pbx.test\",\"realm\":\"pbx.test\",\"user\":\"101\",\"password\":"
        "\"secret-1\",\"stun\":{\"ip\":\"127.0.0.1\",\"port\":3478},\"registration_interval\":60,"
        "\"else\":[1,2.5,{\"\\u00e9\":null}]}";
    struct sip_settings settings = sip_settings_default;
    struct sip_settings before = settings;
    struct field_error error;
    char json[SIP_SETTINGS_JSON_MAX_LEN];
    int err;

    json_memory_init();
    err = sip_settings_from_json(body, strlen(body), &settings, &error);
    if (err)
        oom_must(!memcmp(&settings, &before, sizeof(settings)));
    else
        oom_must(sip_settings_to_json(&settings, json));
    return err;
}

static int run_secret(void)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct secret_key *key = NULL;
    unsigned char sealed[100];
    char text[100];
    size_t len;
    int err;

    oom_must(fd >= 0);
    err = secret_key_load(fd, true, &key);
    if (!err) {
        oom_must(!secret_seal(key, "secret", sealed, sizeof(sealed), &len));
        oom_must(!secret_open(key, sealed, len, text, sizeof(text)) && !strcmp(text, "secret"));
        secret_key_free(key);
    }
    (void)close(fd);
    return err;
}

static int use_store(struct store *store)
{
    struct settings settings;
    unsigned interval_s;
    int err;

    oom_must(store_health(store) == STORE_GOOD);
    err = store_load(store, &settings);
    if (err)
        return err;
    interval_s = settings.sip.registration_interval_s;
    oom_must(!settings.sip.password[0] || !strcmp(settings.sip.password, "secret-1"));
    settings.sip_is_set = true;
    /* Longer than what SQLite keeps without asking for memory. */
    (void)snprintf(settings.sip.realm, sizeof(settings.sip.realm), "%060d.%060d.%060d.test", 1, 2,
                   3);
    (void)snprintf(settings.sip.proxy, sizeof(settings.sip.proxy), "sip:%.200s",
                   settings.sip.realm);
    (void)snprintf(settings.sip.user, sizeof(settings.sip.user), "101");
    (void)snprintf(settings.sip.password, sizeof(settings.sip.password), "secret-1");
    settings.sip.registration_interval_s = (uint16_t)(interval_s == 30 ? 60 : 30);
    err = store_save(store, &settings);
    if (!err)
        err = store_backup(store);
    return err;
}

static int run_store_in(const char *where)
{
    struct store *store = NULL;
    int err = store_open(where, &store);

    if (!err)
        err = use_store(store);
    store_close(store);
    return err;
}

static int run_store(void)
{
    return run_store_in(dir);
}

static void empty(const char *where)
{
    static const char *const names[] = {"portero.db",     "portero.db-wal", "portero.db-shm",
                                        "portero.db.bak", "portero.db.new", "portero.key",
                                        "portero.lock",   "portero.db.tmp"};
    char path[200];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", where, names[i]);
        (void)unlink(path);
    }
}

/* The first start: nothing is there yet. */
static int run_fresh_store(void)
{
    int err = run_store_in(fresh_dir);

    empty(fresh_dir);
    return err;
}

int main(int argc, char *argv[])
{
    static const struct oom_scenario scenarios[] = {
        {"settings as JSON", run_json, NULL},
        {"secret", run_secret, NULL},
        {"store", run_store, NULL},
        {"fresh store", run_fresh_store, NULL},
        {NULL, NULL, NULL},
    };
    int code;

    log_set_level(LOG_LEVEL_ERROR);
    if (!mkdtemp(dir))
        return 1;
    (void)snprintf(fresh_dir, sizeof(fresh_dir), "%s/fresh", dir);
    code = oom_main(argc, argv, scenarios);
    empty(dir);
    (void)rmdir(fresh_dir);
    (void)rmdir(dir);
    return code;
}
