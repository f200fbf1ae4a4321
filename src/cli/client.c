/* SPDX-License-Identifier: MIT */
#include "cli/client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "cli/answer.h"

enum { FIRST_SIZE = 4096, MAX_HEADERS = 512 };

static uint64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Reads and writes on fd end at until_ms. Returns 0 or ETIMEDOUT. */
static int limit_until(int fd, uint64_t until_ms)
{
    uint64_t now = now_ms();
    struct timeval left;

    if (now >= until_ms)
        return ETIMEDOUT;
    left.tv_sec = (time_t)((until_ms - now) / 1000);
    left.tv_usec = (suseconds_t)((until_ms - now) % 1000 * 1000);
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &left, sizeof(left)) ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &left, sizeof(left)))
        return errno;
    return 0;
}

/* A socket's name has 107 characters at most, a directory's may have more: then by its
 * descriptor. */
static int connect_in(const char *state, int dir_fd, int fd)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int n = snprintf(name.sun_path, sizeof(name.sun_path), "%s/" CLIENT_SOCKET_NAME, state);

    if (n < 0 || (size_t)n >= sizeof(name.sun_path))
        (void)snprintf(name.sun_path, sizeof(name.sun_path), "/proc/self/fd/%d/" CLIENT_SOCKET_NAME,
                       dir_fd);
    return connect(fd, (const struct sockaddr *)&name, sizeof(name)) == 0 ? 0
           : errno == EAGAIN                                              ? ETIMEDOUT
                                                                          : errno;
}

static int open_connection(const char *state, uint64_t until_ms, int *ret_fd)
{
    int dir_fd = open(state, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd;
    int err;

    if (dir_fd < 0)
        return errno;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    err = fd < 0 ? errno : limit_until(fd, until_ms);
    if (!err)
        err = connect_in(state, dir_fd, fd);
    if (!err)
        *ret_fd = fd;
    else if (fd >= 0)
        (void)close(fd);
    (void)close(dir_fd);
    return err;
}

static int write_all(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? ETIMEDOUT : errno == EPIPE ? ECONNRESET : errno;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

static int send_request(int fd, const struct client_request *request)
{
    char head[MAX_HEADERS];
    size_t body_len = request->body ? strlen(request->body) : 0;
    int n = snprintf(head, sizeof(head),
                     "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                     "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                     request->method, request->path, body_len);
    int err;

    if (n < 0 || (size_t)n >= sizeof(head))
        return ENAMETOOLONG;
    err = write_all(fd, head, (size_t)n);
    return err || !body_len ? err : write_all(fd, request->body, body_len);
}

/* Twice the room; one byte stays spare for the NUL. */
static int grow(struct client_answer *answer)
{
    size_t size = answer->size ? answer->size * 2 : FIRST_SIZE;
    char *data = malloc(size + 1);

    if (!data)
        return ENOMEM;
    if (answer->data) { /* no realloc: an answer may hold what is to be wiped */
        memcpy(data, answer->data, answer->size);
        explicit_bzero(answer->data, answer->size);
        free(answer->data);
    }
    answer->data = data;
    answer->size = size;
    return 0;
}

/* Up to the end of the connection. */
static int receive_all(int fd, uint64_t until_ms, struct client_answer *answer, size_t *ret_len)
{
    size_t len = 0;

    for (;;) {
        ssize_t n;
        int err = len == answer->size ? grow(answer) : 0;

        if (!err)
            err = limit_until(fd, until_ms);
        if (err)
            return err;
        n = recv(fd, answer->data + len, answer->size - len, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? ETIMEDOUT : errno;
        if (n == 0)
            break;
        len += (size_t)n;
        if (len > ANSWER_MAX_BYTES)
            return EMSGSIZE;
    }
    *ret_len = len;
    return len ? 0 : ECONNRESET;
}

int client_ask(const struct client_request *request, struct client_answer *ret_answer)
{
    uint64_t until_ms = now_ms() + request->timeout_s * 1000ULL;
    struct answer answer;
    size_t len = 0;
    int fd = -1;
    int err = open_connection(request->state, until_ms, &fd);

    memset(ret_answer, 0, sizeof(*ret_answer));
    if (err)
        return err;
    err = send_request(fd, request);
    if (!err)
        err = receive_all(fd, until_ms, ret_answer, &len);
    if (!err)
        err = answer_parse(ret_answer->data, len, &answer);
    (void)close(fd);
    if (err) {
        client_answer_done(ret_answer);
        return err;
    }
    ret_answer->status = answer.status;
    ret_answer->body = answer.body;
    return 0;
}

void client_answer_done(struct client_answer *answer)
{
    if (answer->data)
        explicit_bzero(answer->data, answer->size);
    free(answer->data);
    memset(answer, 0, sizeof(*answer));
}
