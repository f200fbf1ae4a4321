/* SPDX-License-Identifier: MIT */
#include "settings/store.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "settings/database.h"
#include "settings/forward_rows.h"
#include "settings/member_rows.h"
#include "settings/secret.h"
#include "settings/settings_rows.h"
#include "settings/store_files.h"

#define BACKUP_NEW STORE_FILE_BACKUP ".new"

enum { PROBLEM_MAX_LEN = PATH_MAX + 400 };

struct store {
    char dir[PATH_MAX]; /* absolute: SQLite opens by path */
    int dir_fd;
    int lock_fd;
    sqlite3 *db;            /* NULL in safe mode */
    store_rows_fn *check;   /* of the tables of others; NULL: there are none */
    struct secret_key *key; /* NULL until there is a good one */
    struct settings_secrets secrets;
    bool is_loss_told;
    enum store_health health;
    char problem[PROBLEM_MAX_LEN + 1];
};

static void add_problem(struct store *store, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void add_problem(struct store *store, const char *fmt, ...)
{
    size_t len = strlen(store->problem);
    va_list args;

    va_start(args, fmt);
    if (len > 0 && len < PROBLEM_MAX_LEN - 2)
        len += (size_t)snprintf(store->problem + len, sizeof(store->problem) - len, "; ");
    (void)vsnprintf(store->problem + len, sizeof(store->problem) - len, fmt, args);
    va_end(args);
}

static int enter_safe_mode(struct store *store, const char *why)
{
    store->health = STORE_SAFE_MODE;
    add_problem(store, "%s/" STORE_FILE " %s: nothing was changed and nothing can be stored",
                store->dir, why);
    return 0;
}

/* Open a database and look at all that is in it. On failure its bytes are as before. */
static int open_sound(struct store *store, const char *name, sqlite3 **ret_db)
{
    char path[PATH_MAX + STORE_FILES_MAX_NAME];
    struct settings *settings = malloc(sizeof(*settings));
    sqlite3 *db = NULL;
    int err, version;

    if (!settings)
        return ENOMEM;

    (void)snprintf(path, sizeof(path), "%s/%s", store->dir, name);
    err = database_open(path, &db);
    if (err)
        goto out;
    err = database_begin_upgrade(db, &version);
    if (!err) {
        err = settings_rows_read(db, NULL, settings, &store->secrets);
        if (!err)
            err = forward_rows_read(db, NULL);
        if (!err && store->check)
            err = store->check(db, NULL);
        err = database_end(db, err);
    }
    if (!err)
        err = database_start(db);
out:
    settings_wipe(settings);
    free(settings);
    if (err)
        database_close(db);
    else
        *ret_db = db;
    return err;
}

/* Make STORE_FILE_NEW a sound and current database in one file, then the store. */
static int take_new(struct store *store)
{
    sqlite3 *db = NULL;
    int err;

    err = open_sound(store, STORE_FILE_NEW, &db);
    if (!err)
        db = database_close(db);
    if (!err)
        err = store_files_replace(store->dir_fd, STORE_FILE_NEW, STORE_FILE);
    if (err)
        store_files_remove(store->dir_fd, STORE_FILE_NEW);
    else
        err = open_sound(store, STORE_FILE, &store->db);
    return err;
}

/* The first start. */
static int make_new(struct store *store)
{
    int err;

    store_files_remove(store->dir_fd, STORE_FILE_NEW);
    err = store_files_make(store->dir_fd, STORE_FILE_NEW);
    return err ? err : take_new(store);
}

/* Whether the last good backup is one, before the damaged store is touched. */
static int check_backup(struct store *store)
{
    sqlite3 *db = NULL;
    int err;

    if (store_files_size(store->dir_fd, STORE_FILE_BACKUP) <= 0)
        return ENOENT;
    store_files_remove(store->dir_fd, STORE_FILE_NEW);
    err = store_files_copy(store->dir_fd, STORE_FILE_BACKUP, STORE_FILE_NEW);
    if (!err)
        err = open_sound(store, STORE_FILE_NEW, &db);
    db = database_close(db);
    if (err)
        store_files_remove(store->dir_fd, STORE_FILE_NEW);
    return err;
}

/* why: what is wrong with the store, "is damaged". */
static int recover(struct store *store, const char *why)
{
    char aside[STORE_FILES_MAX_NAME];
    char text[200];
    int err;

    err = check_backup(store);
    if (err == ENOMEM) /* that says nothing about the backup */
        return err;
    if (err) {
        (void)snprintf(text, sizeof(text), "%s, and there is no good backup (%s)", why,
                       err == EBADMSG ? "damaged too" : strerror(err));
        return enter_safe_mode(store, text);
    }
    err = store_files_move_aside(store->dir_fd, STORE_FILE, aside);
    if (!err)
        err = take_new(store);
    if (err)
        return enter_safe_mode(store, strerror(err));
    store->health = STORE_RECOVERED;
    add_problem(store, "%s/" STORE_FILE " %s: the last good backup is used", store->dir, why);
    if (store_files_size(store->dir_fd, aside) >= 0)
        add_problem(store, "the damaged file is kept as %s", aside);
    return 0;
}

static int open_database(struct store *store)
{
    long long size = store_files_size(store->dir_fd, STORE_FILE);
    char aside[STORE_FILES_MAX_NAME];
    int err;

    (void)store_files_make_private(store->dir_fd, STORE_FILE);
    (void)store_files_make_private(store->dir_fd, STORE_FILE_BACKUP);
    if (size < 0 && store_files_size(store->dir_fd, STORE_FILE_BACKUP) >= 0)
        return recover(store, "is missing");
    if (size < 0) {
        /* A log without its database must not be played into a new one. */
        err = store_files_move_aside(store->dir_fd, STORE_FILE, aside);
        return err ? err : make_new(store);
    }
    /* An empty one was never ours: a new one gets its name when it is complete. SQLite
     * would remove the log of an empty file, so it may not even look. */
    err = size == 0 ? EBADMSG : open_sound(store, STORE_FILE, &store->db);
    switch (err) {
    case 0:
    case ENOMEM:
        return err;
    case EBADMSG:
        return recover(store, "is damaged");
    case ENOTSUP:
        return enter_safe_mode(store, "was written by a newer version of Portero");
    default:
        return enter_safe_mode(store, strerror(err));
    }
}

int store_open(const char *dir, struct store **ret_store)
{
    return store_open_with(dir, NULL, ret_store);
}

int store_open_with(const char *dir, store_rows_fn *check, struct store **ret_store)
{
    struct store *store = calloc(1, sizeof(*store));
    int err;

    if (!store)
        return ENOMEM;
    store->check = check;
    store->dir_fd = -1;
    store->lock_fd = -1;
    err = store_files_open_dir(dir, &store->dir_fd);
    if (err)
        goto out;
    if (!realpath(dir, store->dir)) {
        err = errno;
        goto out;
    }
    err = store_files_lock(store->dir_fd, &store->lock_fd);
    if (!err)
        err = open_database(store);
    /* A missing key is only made while nothing is sealed with another; store_load and
     * store_save deal with one that is missing or unusable. */
    if (!err && store->db)
        (void)secret_key_load(store->dir_fd, !store->secrets.is_any, &store->key);
out:
    if (err)
        store_close(store);
    else
        *ret_store = store;
    return err;
}

struct store *store_close(struct store *store)
{
    if (!store)
        return NULL;
    database_close(store->db);
    secret_key_free(store->key);
    if (store->lock_fd >= 0)
        (void)close(store->lock_fd);
    if (store->dir_fd >= 0)
        (void)close(store->dir_fd);
    free(store);
    return NULL;
}

enum store_health store_health(const struct store *store)
{
    return store->health;
}

const char *store_problem(const struct store *store)
{
    return store->problem;
}

bool store_has_lost_secrets(const struct store *store)
{
    return store->is_loss_told;
}

int store_dir_fd(const struct store *store)
{
    return store->dir_fd;
}

static void tell_loss(struct store *store, const struct settings_secrets *secrets)
{
    const char *what = secrets->is_password_lost ? "SIP password"
                       : secrets->is_key_lost    ? "key of the HTTPS certificate"
                       : secrets->is_device_lost ? "password of RTSP or of a management server"
                                                 : NULL;

    if (store->is_loss_told || !what)
        return;
    store->is_loss_told = true;
    add_problem(store,
                "the %s cannot be read, since %s/" STORE_FILE_KEY
                " is missing, damaged, open to others or not the one it was sealed with: %s",
                what, store->dir,
                !secrets->is_password_lost && secrets->is_key_lost ? "another certificate is used"
                                                                   : "type the password again");
}

int store_load(struct store *store, struct settings *ret_settings)
{
    struct settings_secrets secrets = {.is_any = false};
    int err;

    if (!store->db) {
        settings_init(ret_settings);
        return 0;
    }
    err = database_exec(store->db, "BEGIN");
    if (err)
        return err;
    err = settings_rows_read(store->db, store->key, ret_settings, &secrets);
    err = database_end(store->db, err);
    if (!err)
        tell_loss(store, &secrets);
    return err;
}

static bool has_secret(const struct settings *settings)
{
    return (settings->sip_is_set && *settings->sip.password) ||
           (settings->second_is_set && *settings->second.password) || *settings->https_key_pem ||
           device_settings_has_secret(&settings->device);
}

/* Nothing that can still be opened is lost by a new key: there is a secret to seal, and no good
 * key. */
static int make_key(struct store *store)
{
    char aside[STORE_FILES_MAX_NAME];
    int err;

    err = secret_key_load(store->dir_fd, true, &store->key);
    if (err != EBADMSG)
        return err;
    err = store_files_move_aside(store->dir_fd, STORE_FILE_KEY, aside);
    return err ? err : secret_key_load(store->dir_fd, true, &store->key);
}

int store_save(struct store *store, const struct settings *settings)
{
    int err = 0;

    if (!store->db)
        return EROFS;
    if (has_secret(settings) && !store->key)
        err = make_key(store);
    if (!err)
        err = database_exec(store->db, "BEGIN IMMEDIATE");
    if (err)
        return err;
    err = settings_rows_write(store->db, store->key, settings);
    return database_end(store->db, err);
}

int store_read(struct store *store, store_rows_fn *read, void *arg)
{
    int err;

    if (!store->db)
        return 0;
    err = database_exec(store->db, "BEGIN");
    if (err)
        return err;
    err = read(store->db, arg);
    return database_end(store->db, err);
}

int store_write(struct store *store, store_rows_fn *write, void *arg)
{
    int err;

    if (!store->db)
        return EROFS;
    err = database_exec(store->db, "BEGIN IMMEDIATE");
    if (err)
        return err;
    err = write(store->db, arg);
    return database_end(store->db, err);
}

static int empty(struct store *store, const char *serial)
{
    int err = database_exec(store->db, "BEGIN IMMEDIATE");

    if (err)
        return err;
    err = database_empty(store->db);
    if (!err)
        err = member_rows_write_one(store->db, "serial", serial);
    err = database_end(store->db, err);
    if (!err) /* the log still has what was stored */
        err = database_exec(store->db, "PRAGMA wal_checkpoint(TRUNCATE)");
    return err;
}

int store_reset(struct store *store, const char *serial)
{
    int err = 0;

    if (!store->db) {
        store_files_remove(store->dir_fd, STORE_FILE);
        err = make_new(store);
    }
    if (!err)
        err = empty(store, serial);
    if (err)
        return err;
    store->db = database_close(store->db);
    store->key = secret_key_free(store->key);
    add_problem(store, "the factory settings come with the next start");
    return store_files_forget(store->dir_fd);
}

int store_backup(struct store *store)
{
    char path[PATH_MAX + STORE_FILES_MAX_NAME];
    int err;

    if (!store->db)
        return EROFS;
    (void)snprintf(path, sizeof(path), "%s/" BACKUP_NEW, store->dir);
    err = store_files_make(store->dir_fd, BACKUP_NEW);
    if (!err)
        err = database_copy(store->db, path);
    if (!err)
        err = store_files_replace(store->dir_fd, BACKUP_NEW, STORE_FILE_BACKUP);
    if (err)
        store_files_remove(store->dir_fd, BACKUP_NEW);
    return err;
}
