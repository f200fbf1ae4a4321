/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "settings/certificate.h"
#include "settings/state_dir.h"

int state_dir_setup(void **state)
{
    struct state_dir *dir = calloc(1, sizeof(*dir));

    assert_non_null(dir);
    (void)snprintf(dir->path, sizeof(dir->path), "/tmp/portero-store-XXXXXX");
    assert_non_null(mkdtemp(dir->path));
    dir->fd = open(dir->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(dir->fd >= 0);
    *state = dir;
    return 0;
}

static DIR *list(const struct state_dir *dir)
{
    DIR *files = opendir(dir->path);

    assert_non_null(files);
    return files;
}

static bool is_file(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

int state_dir_teardown(void **state)
{
    struct state_dir *dir = *state;
    DIR *files = list(dir);
    struct dirent *entry;

    while ((entry = readdir(files))) {
        if (is_file(entry) && unlinkat(dir->fd, entry->d_name, 0))
            (void)unlinkat(dir->fd, entry->d_name, AT_REMOVEDIR);
    }
    (void)closedir(files);
    (void)close(dir->fd);
    assert_int_equal(rmdir(dir->path), 0);
    free(dir);
    return 0;
}

char *state_dir_read(const struct state_dir *dir, const char *name, size_t *ret_len)
{
    int fd = openat(dir->fd, name, O_RDONLY | O_CLOEXEC);
    struct stat st;
    char *data;

    if (fd < 0 || fstat(fd, &st))
        fail_msg("%s/%s cannot be read", dir->path, name);
    data = malloc((size_t)st.st_size + 1);
    assert_non_null(data);
    assert_int_equal(read(fd, data, (size_t)st.st_size), st.st_size);
    (void)close(fd);
    *ret_len = (size_t)st.st_size;
    return data;
}

void state_dir_write(const struct state_dir *dir, const char *name, const void *data, size_t len)
{
    int fd = openat(dir->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, len), (ssize_t)len);
    (void)close(fd);
}

bool state_dir_has(const struct state_dir *dir, const char *name)
{
    return faccessat(dir->fd, name, F_OK, 0) == 0;
}

unsigned state_dir_mode(const struct state_dir *dir, const char *name)
{
    struct stat st;

    assert_int_equal(fstatat(dir->fd, name, &st, 0), 0);
    return st.st_mode & 07777;
}

unsigned state_dir_count(const struct state_dir *dir, const char *prefix, char ret_name[256])
{
    DIR *files = list(dir);
    unsigned count = 0;
    struct dirent *entry;

    while ((entry = readdir(files))) {
        if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
            continue;
        count++;
        if (ret_name)
            (void)snprintf(ret_name, 256, "%s", entry->d_name);
    }
    (void)closedir(files);
    return count;
}

bool state_dir_holds(const struct state_dir *dir, const char *text)
{
    DIR *files = list(dir);
    bool holds = false;
    struct dirent *entry;

    while ((entry = readdir(files))) {
        size_t len;
        char *data;

        if (!is_file(entry))
            continue;
        data = state_dir_read(dir, entry->d_name, &len);
        holds |= memmem(data, len, text, strlen(text)) != NULL;
        free(data);
    }
    (void)closedir(files);
    return holds;
}

/* One of two identities of our own. */
static void set_identity(struct settings *settings, unsigned n)
{
    static struct settings made[2];
    struct settings *one = &made[n % 2];
    const struct certificate_buffers buffers = {one->https_certificate_pem,
                                                sizeof(one->https_certificate_pem),
                                                one->https_key_pem, sizeof(one->https_key_pem)};

    if (!*one->https_key_pem)
        assert_int_equal(certificate_make((const char *const[]){"gate"}, 1, &buffers), 0);
    memcpy(settings->https_certificate_pem, one->https_certificate_pem,
           sizeof(one->https_certificate_pem));
    memcpy(settings->https_key_pem, one->https_key_pem, sizeof(one->https_key_pem));
    if (n % 3)
        memcpy(settings->sip_ca_pem, one->https_certificate_pem,
               sizeof(one->https_certificate_pem));
}

struct settings state_dir_settings(unsigned n)
{
    struct settings settings;

    settings_init(&settings);
    settings.sip_is_set = true;
    memset(&settings.sip, 0, sizeof(settings.sip)); /* loaded strings end in zeros */
    (void)snprintf(settings.sip.user, sizeof(settings.sip.user), "%u", n);
    (void)snprintf(settings.sip.password, sizeof(settings.sip.password), "hush-%u", n + 100000);
    (void)snprintf(settings.sip.user_id, sizeof(settings.sip.user_id), "id \"%u\"", n);
    (void)snprintf(settings.sip.proxy, sizeof(settings.sip.proxy), "SIP:p%u.example.com:%u", n,
                   n % 65535 + 1);
    (void)snprintf(settings.sip.realm, sizeof(settings.sip.realm), "r%u.example.com", n);
    (void)snprintf(settings.sip.outbound, sizeof(settings.sip.outbound), "o%u.example.com", n);
    (void)snprintf(settings.sip.stun_ip, sizeof(settings.sip.stun_ip), "s%u.example.com", n);
    settings.sip.transport = (enum sip_transport)(n % 3);
    settings.sip.stun_port = (uint16_t)(n % 65535 + 1);
    settings.sip.registration_interval_s = (uint16_t)(30 + n % 871);
    settings.second_is_set = n % 2;
    if (settings.second_is_set) {
        settings.second = settings.sip;
        memset(settings.second.user, 0, sizeof(settings.second.user));
        memset(settings.second.password, 0, sizeof(settings.second.password));
        (void)snprintf(settings.second.user, sizeof(settings.second.user), "second %u", n);
        (void)snprintf(settings.second.password, sizeof(settings.second.password), "hush-2-%u", n);
    }
    settings.is_reregister = n % 4 > 1;
    settings.reregister_time_s = (uint16_t)(REREGISTER_MIN_S + n % 3571);
    settings.sip_tls_is_checked = n % 5 != 1;
    settings.calls.dial_timeout_s = (uint16_t)(5 + n % 596);
    settings.calls.is_auto_answer = n % 3 == 1;
    settings.calls.volume = (uint16_t)(n % 7);
    memset(settings.calls.concierge, 0, sizeof(settings.calls.concierge));
    if (n % 2)
        (void)snprintf(settings.calls.concierge, sizeof(settings.calls.concierge), "%u", n);
    set_identity(&settings, n);
    settings.sip_enable = (enum switch_state)(n % 3);
    (void)snprintf(settings.admin_hash, sizeof(settings.admin_hash), "$argon2id$v=19$m=%u", n);
    (void)snprintf(settings.serial, sizeof(settings.serial), "c0ffee00-0000-4000-8000-%012u", n);
    return settings;
}

void state_dir_check_settings(const struct settings *settings, unsigned n)
{
    struct settings expected = state_dir_settings(n);

    assert_true(settings->sip_is_set);
    assert_memory_equal(&settings->sip, &expected.sip, sizeof(expected.sip));
    assert_int_equal(settings->second_is_set, expected.second_is_set);
    assert_memory_equal(&settings->second, &expected.second, sizeof(expected.second));
    assert_memory_equal(&settings->calls, &expected.calls, sizeof(expected.calls));
    assert_int_equal(settings->is_reregister, expected.is_reregister);
    assert_int_equal(settings->reregister_time_s, expected.reregister_time_s);
    assert_int_equal(settings->sip_tls_is_checked, expected.sip_tls_is_checked);
    assert_string_equal(settings->sip_ca_pem, expected.sip_ca_pem);
    assert_string_equal(settings->https_certificate_pem, expected.https_certificate_pem);
    assert_string_equal(settings->https_key_pem, expected.https_key_pem);
    assert_int_equal(settings->sip_enable, expected.sip_enable);
    assert_string_equal(settings->admin_hash, expected.admin_hash);
    assert_string_equal(settings->serial, expected.serial);
}
