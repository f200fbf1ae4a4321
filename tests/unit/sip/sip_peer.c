/* SPDX-License-Identifier: MIT */
#include "sip/sip_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/loop_until.h"

static unsigned n_read[4]; /* see sip_peer_wait; by peer, as they were started */
static struct sip_peer *peers[4];

static unsigned *read_of(const struct sip_peer *peer)
{
    for (unsigned i = 0; i < 4; i++) {
        if (peers[i] == peer)
            return &n_read[i];
    }
    abort();
}

void sip_peer_header(const char *text, const char *name, char *buf, unsigned size)
{
    size_t len = strlen(name);

    buf[0] = '\0';
    for (const char *line = strstr(text, "\r\n"); line; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, len) || line[2 + len] != ':')
            continue;
        line += 2 + len + 1;
        line += strspn(line, " ");
        (void)snprintf(buf, size, "%.*s", (int)strcspn(line, "\r"), line);
        return;
    }
}

const char *sip_peer_body(const char *text)
{
    const char *end = strstr(text, "\r\n\r\n");

    return end ? end + 4 : "";
}

void sip_peer_send(struct sip_peer *peer, uint16_t agent_port, const char *text)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(agent_port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    if (sendto(peer->fd, text, strlen(text), 0, (struct sockaddr *)(void *)&to, sizeof(to)) < 0)
        abort();
}

void sip_peer_answer(struct sip_peer *peer, const char *request, const char *code, const char *tag,
                     const char *headers, const char *body)
{
    char via[400], from[400], to[400], call_id[200], cseq[80];
    char text[2 * SIP_PEER_MAX_TEXT];

    sip_peer_header(request, "Via", via, sizeof(via));
    sip_peer_header(request, "From", from, sizeof(from));
    sip_peer_header(request, "To", to, sizeof(to));
    sip_peer_header(request, "Call-ID", call_id, sizeof(call_id));
    sip_peer_header(request, "CSeq", cseq, sizeof(cseq));
    (void)snprintf(text, sizeof(text),
                   "SIP/2.0 %s\r\nVia: %s\r\nFrom: %s\r\nTo: %s%s%s\r\nCall-ID: %s\r\n"
                   "CSeq: %s\r\n%s%sContent-Length: %zu\r\n\r\n%s",
                   code, via, from, to, tag[0] ? ";tag=" : "", tag, call_id, cseq, headers,
                   body[0] ? "Content-Type: application/sdp\r\n" : "", strlen(body), body);
    sip_peer_send(peer, peer->agent_port, text);
}

static void on_register(struct sip_peer *peer, const char *text)
{
    (void)snprintf(peer->register_text, sizeof(peer->register_text), "%s", text);
    if (peer->challenge && !peer->has_challenged) {
        peer->has_challenged = true;
        sip_peer_answer(peer, text, "401 Unauthorized", "r", peer->challenge, "");
    } else {
        sip_peer_answer(peer, text, "200 OK", "r", peer->register_headers, "");
    }
}

static bool is_repeated(const struct sip_peer *peer, const char *text)
{
    for (unsigned i = 0; i < peer->n; i++) {
        if (!strcmp(peer->text[i], text))
            return true;
    }
    return false;
}

static void on_datagram(int events, void *arg)
{
    struct sip_peer *peer = arg;
    char text[SIP_PEER_MAX_TEXT];
    struct sockaddr_in from;
    socklen_t len = sizeof(from);
    ssize_t n =
        recvfrom(peer->fd, text, sizeof(text) - 1, 0, (struct sockaddr *)(void *)&from, &len);

    (void)events;
    if (n <= 4)
        return;
    text[n] = '\0';
    peer->agent_port = ntohs(from.sin_port);
    if (!strncmp(text, "REGISTER ", 9)) {
        on_register(peer, text);
        return;
    }
    if (is_repeated(peer, text))
        return;
    if (peer->n == SIP_PEER_MAX_MESSAGES)
        abort();
    memcpy(peer->text[peer->n++], text, (size_t)n + 1);
}

void sip_peer_start(struct sip_peer *peer, const char *ip)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    socklen_t len = sizeof(addr);

    memset(peer, 0, sizeof(*peer));
    peer->register_headers = "Expires: 60\r\n";
    peer->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (inet_pton(AF_INET, ip, &addr.sin_addr) != 1 ||
        bind(peer->fd, (struct sockaddr *)(void *)&addr, len) ||
        getsockname(peer->fd, (struct sockaddr *)(void *)&addr, &len) ||
        loop_watch(peer->fd, LOOP_READ, on_datagram, peer))
        abort();
    peer->port = ntohs(addr.sin_port);
    (void)snprintf(peer->address, sizeof(peer->address), "%s:%u", ip, peer->port);
    for (unsigned i = 0; i < 4; i++) {
        if (!peers[i]) {
            peers[i] = peer;
            n_read[i] = 0;
            return;
        }
    }
    abort();
}

void sip_peer_stop(struct sip_peer *peer)
{
    loop_unwatch(peer->fd);
    (void)close(peer->fd);
    for (unsigned i = 0; i < 4; i++) {
        if (peers[i] == peer)
            peers[i] = NULL;
    }
}

struct want {
    struct sip_peer *peer;
    const char *begin;
    const char *found;
};

static bool has_come(void *arg)
{
    struct want *want = arg;
    unsigned *n = read_of(want->peer);

    while (*n < want->peer->n) {
        const char *text = want->peer->text[(*n)++];

        if (!strncmp(text, want->begin, strlen(want->begin))) {
            want->found = text;
            return true;
        }
    }
    return false;
}

const char *sip_peer_wait(struct sip_peer *peer, const char *begin)
{
    struct want want = {peer, begin, NULL};

    if (!loop_until(has_come, &want))
        (void)fprintf(stderr, "no %s; the last was: %s\n", begin,
                      peer->n ? peer->text[peer->n - 1] : "none");
    return want.found;
}

bool sip_peer_has_none(struct sip_peer *peer, const char *begin)
{
    struct want want = {peer, begin, NULL};

    loop_for_ms(5);
    return !has_come(&want);
}
