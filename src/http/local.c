/* SPDX-License-Identifier: MIT */
#include "http/local.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 16 };

/* A socket's name has 107 characters at most, a directory's may have more: then by its
 * descriptor. */
static int name_in(const char *dir, int dir_fd, struct sockaddr_un *ret_name)
{
    int n;

    memset(ret_name, 0, sizeof(*ret_name));
    ret_name->sun_family = AF_UNIX;
    n = snprintf(ret_name->sun_path, sizeof(ret_name->sun_path), "%s/" LOCAL_SOCKET_NAME, dir);
    if (n >= 0 && (size_t)n < sizeof(ret_name->sun_path))
        return 0;
    n = snprintf(ret_name->sun_path, sizeof(ret_name->sun_path), "/proc/self/fd/%d/%s", dir_fd,
                 LOCAL_SOCKET_NAME);
    return n < 0 || (size_t)n >= sizeof(ret_name->sun_path) ? ENAMETOOLONG : 0;
}

/* Somebody listens behind this name. */
static bool is_answered(const struct sockaddr_un *name)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool is_dead;

    if (fd < 0)
        return true;
    is_dead = connect(fd, (const struct sockaddr *)name, sizeof(*name)) && errno == ECONNREFUSED;
    (void)close(fd);
    return !is_dead;
}

/* Make room for the name. Returns 0, EADDRINUSE or another errno value. */
static int remove_stale(int dir_fd, const struct sockaddr_un *name)
{
    struct stat st;

    if (fstatat(dir_fd, LOCAL_SOCKET_NAME, &st, AT_SYMLINK_NOFOLLOW))
        return errno == ENOENT ? 0 : errno;
    if (!S_ISSOCK(st.st_mode) || is_answered(name))
        return EADDRINUSE;
    return unlinkat(dir_fd, LOCAL_SOCKET_NAME, 0) ? errno : 0;
}

static int bind_private(int fd, int dir_fd, const struct sockaddr_un *name)
{
    mode_t old = umask(0177); /* nobody may connect between bind and chmod */
    int err = bind(fd, (const struct sockaddr *)name, sizeof(*name)) ? errno : 0;

    (void)umask(old);
    if (!err && fchmodat(dir_fd, LOCAL_SOCKET_NAME, 0600, 0))
        err = errno;
    return err;
}

int local_open(const char *dir, int *ret_fd)
{
    struct sockaddr_un name;
    int dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = -1;
    int err;

    if (dir_fd < 0)
        return errno;
    err = name_in(dir, dir_fd, &name);
    if (!err)
        err = remove_stale(dir_fd, &name);
    if (err)
        goto out;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        err = errno;
        goto out;
    }
    err = bind_private(fd, dir_fd, &name);
    if (!err && listen(fd, BACKLOG))
        err = errno;

out:
    if (err && fd >= 0)
        (void)close(fd);
    else if (!err)
        *ret_fd = fd;
    (void)close(dir_fd);
    return err;
}

void local_remove(const char *dir)
{
    int dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (dir_fd < 0)
        return;
    (void)unlinkat(dir_fd, LOCAL_SOCKET_NAME, 0);
    (void)close(dir_fd);
}

bool local_is_ours(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) || len != sizeof(peer))
        return false;
    return peer.uid == 0 || peer.uid == geteuid();
}
