/* SPDX-License-Identifier: MIT */
#include "settings/store_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* SQLite's own files beside a database. */
static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
enum { SUFFIXES = sizeof(suffixes) / sizeof(suffixes[0]), PRIVATE_MODE = 0600 };

static int make_dirs(const char *dir)
{
    char path[PATH_MAX];
    size_t len = strlen(dir);

    if (len >= sizeof(path))
        return ENAMETOOLONG;
    memcpy(path, dir, len + 1);
    for (char *slash = path + 1; len && *slash; slash++) {
        if (*slash != '/')
            continue;
        *slash = '\0';
        if (mkdir(path, 0700) && errno != EEXIST)
            return errno;
        *slash = '/';
    }
    return mkdir(path, 0700) && errno != EEXIST ? errno : 0;
}

int store_files_open_dir(const char *dir, int *ret_fd)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int err;

    if (fd < 0 && errno == ENOENT) {
        err = make_dirs(dir);
        if (err)
            return err;
        fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    if (fd < 0)
        return errno;
    *ret_fd = fd;
    return 0;
}

int store_files_lock(int dir_fd, int *ret_fd)
{
    int fd = openat(dir_fd, STORE_FILE_LOCK, O_RDWR | O_CREAT | O_CLOEXEC, PRIVATE_MODE);
    int err;

    if (fd < 0)
        return errno;
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        err = errno == EWOULDBLOCK ? EBUSY : errno;
        (void)close(fd);
        return err;
    }
    *ret_fd = fd;
    return 0;
}

long long store_files_size(int dir_fd, const char *name)
{
    struct stat st;

    return fstatat(dir_fd, name, &st, 0) ? -1 : (long long)st.st_size;
}

int store_files_make_private(int dir_fd, const char *name)
{
    struct stat st;

    if (fstatat(dir_fd, name, &st, 0))
        return errno == ENOENT ? 0 : errno;
    if ((st.st_mode & (S_IRWXG | S_IRWXO)) && fchmodat(dir_fd, name, PRIVATE_MODE, 0))
        return errno;
    return 0;
}

static int make(int dir_fd, const char *name, int *ret_fd)
{
    int fd;

    (void)unlinkat(dir_fd, name, 0);
    fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, PRIVATE_MODE);
    if (fd < 0)
        return errno;
    *ret_fd = fd;
    return 0;
}

int store_files_make(int dir_fd, const char *name)
{
    int fd = -1;
    int err;

    err = make(dir_fd, name, &fd);
    if (!err)
        (void)close(fd);
    return err;
}

static int copy_bytes(int from, int to)
{
    char buf[8192];
    ssize_t len, written;

    for (;;) {
        len = read(from, buf, sizeof(buf));
        if (len < 0)
            return errno;
        if (len == 0)
            return fsync(to) ? errno : 0;
        for (ssize_t done = 0; done < len; done += written) {
            written = write(to, buf + done, (size_t)(len - done));
            if (written < 0)
                return errno;
        }
    }
}

int store_files_copy(int dir_fd, const char *from, const char *to)
{
    int to_fd = -1;
    int from_fd, err;

    from_fd = openat(dir_fd, from, O_RDONLY | O_CLOEXEC);
    if (from_fd < 0)
        return errno;
    err = make(dir_fd, to, &to_fd);
    if (err)
        goto out;
    err = copy_bytes(from_fd, to_fd);
    (void)close(to_fd);
    if (err)
        (void)unlinkat(dir_fd, to, 0);
out:
    (void)close(from_fd);
    return err;
}

int store_files_replace(int dir_fd, const char *from, const char *to)
{
    int fd = openat(dir_fd, from, O_RDONLY | O_CLOEXEC);
    int err = 0;

    if (fd < 0)
        return errno;
    if (fsync(fd) || renameat(dir_fd, from, dir_fd, to) || fsync(dir_fd))
        err = errno;
    (void)close(fd);
    return err;
}

void store_files_remove(int dir_fd, const char *name)
{
    char path[STORE_FILES_MAX_NAME];

    for (size_t i = 0; i < SUFFIXES; i++) {
        (void)snprintf(path, sizeof(path), "%s%s", name, suffixes[i]);
        (void)unlinkat(dir_fd, path, 0);
    }
}

static int overwrite(int dir_fd, const char *name)
{
    static const char zeros[4096];
    long long left = store_files_size(dir_fd, name);
    int fd = openat(dir_fd, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    int err = 0;

    if (fd < 0)
        return errno;
    while (left > 0 && !err) {
        size_t len = left < (long long)sizeof(zeros) ? (size_t)left : sizeof(zeros);
        ssize_t written = write(fd, zeros, len);

        if (written < 0)
            err = errno;
        left -= written;
    }
    if (!err && fsync(fd))
        err = errno;
    (void)close(fd);
    return err;
}

static bool is_old(const char *name)
{
    static const char *const begins[] = {STORE_FILE_BACKUP, STORE_FILE_NEW, STORE_FILE_KEY};

    for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
        if (strncmp(name, begins[i], strlen(begins[i])) == 0)
            return true;
    }
    return strstr(name, ".damaged-") != NULL;
}

int store_files_forget(int dir_fd)
{
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;
    int err = 0;

    if (!dir) {
        err = errno;
        if (fd >= 0)
            (void)close(fd);
        return err;
    }
    while ((entry = readdir(dir))) { /* one that stays is no reason to keep the others */
        if (!is_old(entry->d_name))
            continue;
        (void)overwrite(dir_fd, entry->d_name); /* gone it is in any case */
        if (unlinkat(dir_fd, entry->d_name, 0) && !err)
            err = errno;
    }
    (void)closedir(dir);
    if (fsync(dir_fd) && !err)
        err = errno;
    return err;
}

static bool is_free(int dir_fd, const char *name)
{
    char path[STORE_FILES_MAX_NAME + 16];
    struct stat st;

    for (size_t i = 0; i < SUFFIXES; i++) {
        (void)snprintf(path, sizeof(path), "%s%s", name, suffixes[i]);
        if (fstatat(dir_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
            return false;
    }
    return true;
}

int store_files_move_aside(int dir_fd, const char *name, char ret_name[STORE_FILES_MAX_NAME])
{
    char from[STORE_FILES_MAX_NAME + 16], to[STORE_FILES_MAX_NAME + 16];
    long long now = (long long)time(NULL);

    do
        (void)snprintf(ret_name, STORE_FILES_MAX_NAME, "%s.damaged-%lld", name, now++);
    while (!is_free(dir_fd, ret_name));

    /* The database first: a crash in between then leaves none, which is recovered again. */
    for (size_t i = 0; i < SUFFIXES; i++) {
        (void)snprintf(from, sizeof(from), "%s%s", name, suffixes[i]);
        (void)snprintf(to, sizeof(to), "%s%s", ret_name, suffixes[i]);
        if (renameat(dir_fd, from, dir_fd, to) && errno != ENOENT)
            return errno;
    }
    return fsync(dir_fd) ? errno : 0;
}
