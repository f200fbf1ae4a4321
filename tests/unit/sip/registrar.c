/* SPDX-License-Identifier: MIT */
#include "sip/registrar.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"

/* The value of a header, "" if there is none. */
static void header(const char *text, const char *name, char *buf, size_t size)
{
    size_t name_len = strlen(name);

    buf[0] = '\0';
    for (const char *line = strstr(text, "\r\n"); line; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, name_len) || line[2 + name_len] != ':')
            continue;
        line += 2 + name_len + 1;
        line += strspn(line, " ");
        (void)snprintf(buf, size, "%.*s", (int)strcspn(line, "\r"), line);
        return;
    }
}

static struct registrar_request *take(struct registrar *registrar, const char *text)
{
    struct registrar_request *request = &registrar->requests[registrar->n];
    char value[400];

    if (registrar->n == REGISTRAR_MAX_REQUESTS)
        abort();
    memset(request, 0, sizeof(*request));
    (void)snprintf(request->text, sizeof(request->text), "%s", text);
    header(text, "Call-ID", request->call_id, sizeof(request->call_id));
    header(text, "From", request->from, sizeof(request->from));
    header(text, "Contact", request->contact, sizeof(request->contact));
    header(text, "CSeq", value, sizeof(value));
    request->cseq = (unsigned)strtoul(value, NULL, 10);
    header(text, "Expires", value, sizeof(value));
    request->expires_s = value[0] ? (int)strtol(value, NULL, 10) : -1;
    if (registrar->n && request[-1].cseq == request->cseq &&
        !strcmp(request[-1].call_id, request->call_id))
        return NULL; /* again */
    registrar->n++;
    return request;
}

static void on_datagram(int events, void *arg)
{
    struct registrar *registrar = arg;
    struct sockaddr_in from;
    socklen_t from_len = sizeof(from);
    char text[REGISTRAR_MAX_TEXT], answer[2 * REGISTRAR_MAX_TEXT];
    char via[400], to[200], cseq[50];
    const struct registrar_request *request;
    const struct registrar_reply *reply = registrar->replies;
    ssize_t n;
    int len;

    (void)events;
    n = recvfrom(registrar->fd, text, sizeof(text) - 1, 0, (struct sockaddr *)(void *)&from,
                 &from_len);
    if (n <= 0)
        return;
    text[n] = '\0';
    if (strncmp(text, "REGISTER ", 9))
        return;
    request = take(registrar, text);
    if (!request || !reply->code)
        return;
    if (reply[1].code >= 0)
        registrar->replies++;
    header(text, "Via", via, sizeof(via));
    header(text, "To", to, sizeof(to));
    header(text, "CSeq", cseq, sizeof(cseq));
    len = snprintf(answer, sizeof(answer),
                   "SIP/2.0 %d Because\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=r\r\nCall-ID: %s\r\n"
                   "CSeq: %s\r\n%sContent-Length: 0\r\n\r\n",
                   reply->code, via, request->from, to, request->call_id, cseq, reply->headers);
    if (len < 0 || (size_t)len >= sizeof(answer) ||
        sendto(registrar->fd, answer, (size_t)len, 0, (struct sockaddr *)(void *)&from, from_len) !=
            len)
        abort();
}

void registrar_start(struct registrar *registrar)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);

    memset(registrar, 0, sizeof(*registrar));
    registrar->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (bind(registrar->fd, (struct sockaddr *)(void *)&addr, len) ||
        getsockname(registrar->fd, (struct sockaddr *)(void *)&addr, &len) ||
        loop_watch(registrar->fd, LOOP_READ, on_datagram, registrar))
        abort();
    registrar->port = ntohs(addr.sin_port);
}

void registrar_stop(struct registrar *registrar)
{
    loop_unwatch(registrar->fd);
    (void)close(registrar->fd);
}

void registrar_reply(struct registrar *registrar, const struct registrar_reply *replies)
{
    registrar->replies = replies;
}
