/* SPDX-License-Identifier: MIT */
#include "base/capture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void need(int result)
{
    if (result < 0)
        abort();
}

void capture_begin(struct capture *capture)
{
    int fds[2];

    need(pipe2(fds, O_CLOEXEC));
    need(fcntl(fds[0], F_SETFL, O_NONBLOCK));
    capture->stderr_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
    need(capture->stderr_fd);
    need(dup3(fds[1], STDERR_FILENO, O_CLOEXEC));
    (void)close(fds[1]);
    capture->read_fd = fds[0];
}

void capture_read(struct capture *capture, char *buf, size_t size)
{
    char rest[4096];
    size_t len = 0;
    ssize_t n;

    while (len + 1 < size && (n = read(capture->read_fd, buf + len, size - 1 - len)) > 0)
        len += (size_t)n;
    buf[len] = '\0';
    while (read(capture->read_fd, rest, sizeof(rest)) > 0)
        ;
}

size_t capture_fill(void)
{
    char block[4096];
    size_t filled = 0;
    ssize_t n;

    memset(block, 'x', sizeof(block));
    need(fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK));
    for (size_t step = sizeof(block); step; step /= 2) {
        while ((n = write(STDERR_FILENO, block, step)) > 0)
            filled += (size_t)n;
    }
    need(fcntl(STDERR_FILENO, F_SETFL, 0));
    return filled;
}

void capture_end(struct capture *capture)
{
    need(dup3(capture->stderr_fd, STDERR_FILENO, 0));
    (void)close(capture->stderr_fd);
    (void)close(capture->read_fd);
}
