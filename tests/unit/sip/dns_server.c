/* SPDX-License-Identifier: MIT */
#include "sip/dns_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"

enum { HEADER = 12, MAX_NAME = 300, MAX_MESSAGE = 2048, DEFAULT_TTL_S = 60 };

struct dns_server {
    int fd;
    char address[32];
    const struct dns_record *zone;
    int otherwise;
    char questions[4096];
};

struct message {
    unsigned char bytes[MAX_MESSAGE];
    size_t len;
};

static void put(struct message *message, const void *bytes, size_t len)
{
    if (message->len + len > MAX_MESSAGE)
        abort();
    memcpy(message->bytes + message->len, bytes, len);
    message->len += len;
}

static void put_16(struct message *message, unsigned value)
{
    unsigned char bytes[] = {(unsigned char)(value >> 8), (unsigned char)value};

    put(message, bytes, 2);
}

static void put_name(struct message *message, const char *name)
{
    unsigned char len;

    for (; *name && strcmp(name, "."); name += len + (name[len] == '.')) {
        len = (unsigned char)strcspn(name, ".");
        put(message, &len, 1);
        put(message, name, len);
    }
    put(message, "", 1);
}

static void put_record(struct message *message, const struct dns_record *record)
{
    unsigned char address[16];
    size_t len_at;

    put_16(message, 0xc000 | HEADER); /* the name in the question */
    put_16(message, record->type);
    put_16(message, 1);
    put_16(message, record->ttl_s >> 16);
    put_16(message, record->ttl_s ? record->ttl_s & 0xffff : DEFAULT_TTL_S);
    len_at = message->len;
    put_16(message, 0);
    if (record->type == DNS_SRV) {
        put_16(message, record->priority);
        put_16(message, record->weight);
        put_16(message, record->port);
        put_name(message, record->value);
    } else {
        if (inet_pton(record->type == DNS_A ? AF_INET : AF_INET6, record->value, address) != 1)
            abort();
        put(message, address, record->type == DNS_A ? 4 : 16);
    }
    message->bytes[len_at + 1] = (unsigned char)(message->len - len_at - 2);
}

/* The question's name as text; returns where it ends, 0 if it cannot be read. */
static size_t read_name(const struct message *message, char name[MAX_NAME])
{
    size_t at = HEADER, len = 0;

    while (at < message->len && message->bytes[at]) {
        size_t label = message->bytes[at++];

        if (label > 63 || at + label >= message->len || len + label + 2 > MAX_NAME)
            return 0;
        memcpy(name + len, message->bytes + at, label);
        len += label;
        name[len++] = '.';
        at += label;
    }
    name[len ? len - 1 : 0] = '\0';
    return at + 1;
}

static void note(struct dns_server *server, unsigned type, const char *name)
{
    size_t len = strlen(server->questions);

    (void)snprintf(server->questions + len, sizeof(server->questions) - len, "%s %s,",
                   type == DNS_A      ? "A"
                   : type == DNS_AAAA ? "AAAA"
                   : type == DNS_SRV  ? "SRV"
                                      : "?",
                   name);
}

/* Returns false if nothing is to be said. */
static bool answer(struct dns_server *server, struct message *message)
{
    char name[MAX_NAME];
    size_t end = read_name(message, name);
    unsigned n_answers = 0;
    bool has_name = false;
    unsigned type;

    if (!end || end + 4 > message->len)
        return false;
    type = (unsigned)message->bytes[end] << 8 | message->bytes[end + 1];
    note(server, type, name);
    message->len = end + 4;
    for (const struct dns_record *record = server->zone; record->name; record++) {
        if (strcasecmp(record->name, name))
            continue;
        has_name = true;
        if (record->type != type)
            continue;
        if (!record->value)
            return false;
        put_record(message, record);
        n_answers++;
    }
    message->bytes[2] |= 0x84; /* an answer, authoritative */
    message->bytes[3] = (unsigned char)(has_name ? DNS_EMPTY : server->otherwise);
    message->bytes[6] = 0;
    message->bytes[7] = (unsigned char)n_answers;
    memset(message->bytes + 8, 0, 4);
    return true;
}

static void on_question(int events, void *arg)
{
    struct dns_server *server = arg;
    struct sockaddr_in from;
    socklen_t from_len = sizeof(from);
    struct message message;
    ssize_t n;

    (void)events;
    n = recvfrom(server->fd, message.bytes, 600, 0, (struct sockaddr *)(void *)&from, &from_len);
    if (n < HEADER)
        return;
    message.len = (size_t)n;
    if (answer(server, &message))
        (void)sendto(server->fd, message.bytes, message.len, 0, (struct sockaddr *)(void *)&from,
                     from_len);
}

struct dns_server *dns_server_new(const struct dns_record *zone)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    struct dns_server *server = calloc(1, sizeof(*server));

    if (!server)
        abort();
    server->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (bind(server->fd, (struct sockaddr *)(void *)&addr, len) ||
        getsockname(server->fd, (struct sockaddr *)(void *)&addr, &len) ||
        loop_watch(server->fd, LOOP_READ, on_question, server))
        abort();
    (void)snprintf(server->address, sizeof(server->address), "127.0.0.1:%u", ntohs(addr.sin_port));
    dns_server_use(server, zone, DNS_NO_SUCH_NAME);
    return server;
}

struct dns_server *dns_server_free(struct dns_server *server)
{
    loop_unwatch(server->fd);
    (void)close(server->fd);
    free(server);
    return NULL;
}

void dns_server_use(struct dns_server *server, const struct dns_record *zone, int otherwise)
{
    server->zone = zone;
    server->otherwise = otherwise;
    server->questions[0] = '\0';
}

const char *dns_server_address(const struct dns_server *server)
{
    return server->address;
}

const char *dns_server_questions(const struct dns_server *server)
{
    return server->questions;
}
