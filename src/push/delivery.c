/* SPDX-License-Identifier: MIT */
#include "push/delivery.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/timer.h"
#include "push/name_lookup.h"

enum { MAX_HEADER = 600, MAX_STATUS_LINE = 256, READS = 8 };

struct delivery {
    struct delivery_config config;
    char host[HOST_MAX_LEN + 1];
    struct name_lookup *lookup;
    struct sockaddr_storage addrs[NAME_LOOKUP_MAX];
    unsigned n_addrs, next_addr;
    int fd; /* -1: none */
    struct timer limit;
    char out[MAX_HEADER + DELIVERY_MAX_MESSAGE];
    size_t out_len, sent;
    bool is_shut; /* and our end behind it */
    char in[MAX_STATUS_LINE];
    size_t in_len, drained;
    char reason[DELIVERY_MAX_REASON];
};

static void try_next(struct delivery *delivery);

static void close_socket(struct delivery *delivery)
{
    timer_stop(&delivery->limit);
    if (delivery->fd < 0)
        return;
    loop_unwatch(delivery->fd);
    (void)close(delivery->fd);
    delivery->fd = -1;
}

static void set_reason(struct delivery *delivery, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void set_reason(struct delivery *delivery, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(delivery->reason, sizeof(delivery->reason), fmt, ap);
    va_end(ap);
}

/* The last thing that is done with it: who is told may free it. */
static void finish(struct delivery *delivery, enum delivery_outcome outcome)
{
    close_socket(delivery);
    delivery->config.done(outcome, delivery->reason, delivery->config.arg);
}

static void fail(struct delivery *delivery, const char *what, int err)
{
    set_reason(delivery, "%s: %s", what, strerror(err));
    finish(delivery, DELIVERY_FAILED);
}

/* Has its kernel all that we have sent? */
static bool is_acknowledged(const struct delivery *delivery)
{
    int left = 0;

    return delivery->sent == delivery->out_len && !ioctl(delivery->fd, SIOCOUTQ, &left) &&
           left <= delivery->is_shut; /* our end counts as a byte, and may be acknowledged late */
}

/* Nothing more will come. */
static void end_without_word(struct delivery *delivery, const char *how)
{
    if (!is_acknowledged(delivery)) {
        set_reason(delivery, "it %s before it had all", how);
        finish(delivery, DELIVERY_FAILED);
    } else if (delivery->config.transport == SYSLOG_TCP) {
        finish(delivery, DELIVERY_TAKEN);
    } else if (delivery->in_len) {
        set_reason(delivery, "it %s within its answer", how);
        finish(delivery, DELIVERY_FAILED);
    } else {
        set_reason(delivery, "it %s without an answer", how);
        finish(delivery, DELIVERY_SILENT);
    }
}

/* "HTTP/1.1 200 OK". Returns 0 if it is no such line. */
static int read_status(const char *line)
{
    if (strncmp(line, "HTTP/1.", 7) != 0 || line[7] < '0' || line[7] > '9' || line[8] != ' ' ||
        strspn(line + 9, "0123456789") != 3)
        return 0;
    return (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
}

static void end_with_answer(struct delivery *delivery)
{
    int status = read_status(delivery->in);

    if (!status) {
        set_reason(delivery, "what it answers is not HTTP");
        finish(delivery, DELIVERY_FAILED);
        return;
    }
    set_reason(delivery, "it answers %d", status);
    if (status >= 200 && status < 300)
        finish(delivery, DELIVERY_TAKEN);
    else
        finish(delivery, status == 400 || status == 413 || status == 422 ? DELIVERY_REFUSED
                                                                         : DELIVERY_NOT_NOW);
}

/* Some bytes have come. Returns true when that was the end. */
static bool take(struct delivery *delivery, const char *bytes, size_t len)
{
    size_t room = sizeof(delivery->in) - 1 - delivery->in_len;

    delivery->drained += len;
    if (delivery->config.transport != SYSLOG_HTTP) {
        if (delivery->config.transport == SYSLOG_UDP || delivery->drained < DELIVERY_MAX_DRAINED)
            return false;
        end_without_word(delivery, "went on and on");
        return true;
    }
    memcpy(delivery->in + delivery->in_len, bytes, len < room ? len : room);
    delivery->in_len += len < room ? len : room;
    delivery->in[delivery->in_len] = '\0';
    if (len < room && !memchr(delivery->in, '\n', delivery->in_len))
        return false;
    end_with_answer(delivery);
    return true;
}

static void on_readable(int events, void *arg)
{
    struct delivery *delivery = arg;
    char buf[1024];

    (void)events;
    for (int i = 0; i < READS; i++) { /* then others have their turn */
        ssize_t n = recv(delivery->fd, buf, sizeof(buf), 0);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n < 0) {
            fail(delivery, delivery->config.transport == SYSLOG_UDP ? "nobody is there" : "broken",
                 errno);
            return;
        }
        if (n == 0 && delivery->config.transport != SYSLOG_UDP) {
            end_without_word(delivery, "closed");
            return;
        }
        if (take(delivery, buf, (size_t)n))
            return;
    }
}

static void on_answer_limit(void *arg)
{
    struct delivery *delivery = arg;

    if (delivery->config.transport == SYSLOG_UDP)
        finish(delivery, DELIVERY_TAKEN);
    else
        end_without_word(delivery, "was silent");
}

static void on_writable(int events, void *arg);

static void wait_for_answer(struct delivery *delivery)
{
    const struct delivery_config *config = &delivery->config;
    int err = loop_watch(delivery->fd, LOOP_READ, on_readable, delivery);

    if (err) {
        fail(delivery, "not watched", err);
        return;
    }
    if (config->transport == SYSLOG_TCP || (config->transport == SYSLOG_HTTP && config->is_mute))
        delivery->is_shut = !shutdown(delivery->fd, SHUT_WR);
    if (config->transport == SYSLOG_UDP)
        timer_start(&delivery->limit, DELIVERY_UDP_MS, on_answer_limit, delivery);
    else if (config->is_mute)
        timer_start(&delivery->limit, DELIVERY_MUTE_MS, on_answer_limit, delivery);
}

static void send_more(struct delivery *delivery)
{
    while (delivery->sent < delivery->out_len) {
        ssize_t n = send(delivery->fd, delivery->out + delivery->sent,
                         delivery->out_len - delivery->sent, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN) {
            int err = loop_watch(delivery->fd, LOOP_WRITE, on_writable, delivery);

            if (err)
                fail(delivery, "not watched", err);
            return;
        }
        if (n < 0) {
            fail(delivery, "not sent", errno);
            return;
        }
        delivery->sent += (size_t)n;
    }
    wait_for_answer(delivery);
}

static void on_writable(int events, void *arg)
{
    (void)events;
    send_more(arg);
}

static int write_out(struct delivery *delivery)
{
    bool is_v6 = strchr(delivery->host, ':') != NULL;
    char message[DELIVERY_MAX_MESSAGE], address[NI_MAXHOST];
    struct sockaddr_storage our;
    socklen_t our_len = sizeof(our);
    size_t len;
    int n = 0;

    if (getsockname(delivery->fd, (struct sockaddr *)&our, &our_len))
        return errno;
    if (getnameinfo((struct sockaddr *)&our, our_len, address, sizeof(address), NULL, 0,
                    NI_NUMERICHOST))
        return EAFNOSUPPORT;
    address[strcspn(address, "%")] = '\0';
    len = delivery->config.write(address, message, delivery->config.arg);
    if (delivery->config.transport == SYSLOG_HTTP)
        n = snprintf(delivery->out, MAX_HEADER,
                     "POST / HTTP/1.1\r\nHost: %s%s%s:%u\r\nUser-Agent: portero\r\n"
                     "Content-Type: text/plain; charset=utf-8\r\nContent-Length: %zu\r\n"
                     "Connection: close\r\n\r\n",
                     is_v6 ? "[" : "", delivery->host, is_v6 ? "]" : "",
                     (unsigned)delivery->config.port, len);
    memcpy(delivery->out + n, message, len);
    delivery->out_len = (size_t)n + len;
    if (delivery->config.transport == SYSLOG_TCP)
        delivery->out[delivery->out_len++] = '\n';
    return 0;
}

static void on_connected(int events, void *arg)
{
    struct delivery *delivery = arg;
    int err = 0;
    socklen_t len = sizeof(err);

    (void)events;
    if (getsockopt(delivery->fd, SOL_SOCKET, SO_ERROR, &err, &len))
        err = errno;
    if (!err)
        err = write_out(delivery);
    if (err) {
        set_reason(delivery, "no connection: %s", strerror(err));
        close_socket(delivery);
        try_next(delivery);
        return;
    }
    timer_start(&delivery->limit, DELIVERY_ANSWER_MS, on_answer_limit, delivery);
    send_more(delivery);
}

static void on_connect_limit(void *arg)
{
    struct delivery *delivery = arg;

    set_reason(delivery, "no connection: %s", strerror(ETIMEDOUT));
    close_socket(delivery);
    try_next(delivery);
}

static int start_connecting(struct delivery *delivery, const struct sockaddr_storage *addr)
{
    int type = delivery->config.transport == SYSLOG_UDP ? SOCK_DGRAM : SOCK_STREAM;
    int err;

    delivery->fd = socket(addr->ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (delivery->fd < 0)
        return errno;
    if (connect(delivery->fd, (const struct sockaddr *)addr, name_lookup_len(addr)) &&
        errno != EINPROGRESS)
        return errno;
    err = loop_watch(delivery->fd, LOOP_WRITE, on_connected, delivery);
    if (!err)
        timer_start(&delivery->limit, DELIVERY_CONNECT_MS, on_connect_limit, delivery);
    return err;
}

static void try_next(struct delivery *delivery)
{
    while (delivery->next_addr < delivery->n_addrs) {
        int err = start_connecting(delivery, &delivery->addrs[delivery->next_addr++]);

        if (!err)
            return;
        set_reason(delivery, "no connection: %s", strerror(err));
        close_socket(delivery);
    }
    finish(delivery, DELIVERY_FAILED);
}

static void on_limit_of_lookup(void *arg)
{
    try_next(arg);
}

static void on_found(int err, const struct sockaddr_storage *addrs, unsigned n, void *arg)
{
    struct delivery *delivery = arg;

    if (err)
        set_reason(delivery, "its name is not found%s%s", err == ENOENT ? "" : ": ",
                   err == ENOENT ? "" : strerror(err));
    for (unsigned i = 0; i < n && i < NAME_LOOKUP_MAX; i++)
        delivery->addrs[delivery->n_addrs++] = addrs[i];
    /* Not from inside: the end of it all would stop the look-up that calls. */
    timer_start(&delivery->limit, 0, on_limit_of_lookup, delivery);
}

int delivery_start(const struct delivery_config *config, struct delivery **ret_delivery)
{
    struct delivery *delivery = calloc(1, sizeof(*delivery));
    int err;

    if (!delivery)
        return ENOMEM;
    delivery->config = *config;
    delivery->fd = -1;
    (void)snprintf(delivery->host, sizeof(delivery->host), "%s", config->host);
    delivery->config.host = NULL;
    err = name_lookup_start(config->names, delivery->host, config->port, on_found, delivery,
                            &delivery->lookup);
    if (err)
        free(delivery);
    else
        *ret_delivery = delivery;
    return err;
}

struct delivery *delivery_free(struct delivery *delivery)
{
    if (!delivery)
        return NULL;
    close_socket(delivery);
    name_lookup_stop(delivery->lookup);
    free(delivery);
    return NULL;
}
