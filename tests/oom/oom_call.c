/* SPDX-License-Identifier: MIT */
/* A call to somebody and one to us, each from the INVITE to the BYE, with the other side played by
 * hand and its sound made up. Whatever single allocation fails: each call that was begun ends, and
 * nothing of it is left. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/event.h"
#include "base/hand_clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "fake_net.h"
#include "oom.h"
#include "sip/agent.h"
#include "sip/fake_audio.h"

#define SDP                                                                                        \
    "v=0\r\no=x 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\n"                    \
    "m=audio 5004 RTP/AVP 0 8 96\r\na=rtpmap:96 telephone-event/8000\r\n"

enum { MAX_TEXT = 8192, PATIENCE_MS = 400000 };

static struct {
    char text[MAX_TEXT];   /* what was sent last, and is to be dealt with; "": nothing */
    char answer[MAX_TEXT]; /* our last answer to an INVITE */
    unsigned n_branches;
    unsigned n_ended;
    unsigned id; /* of the call that rings here; 0: none */
} peer;

static int sound;

static void on_sent(const uint8_t *data, size_t len)
{
    if (len < 20 || len >= MAX_TEXT)
        return;
    memcpy(peer.text, data, len);
    peer.text[len] = '\0';
    if (!strncmp(peer.text, "SIP/2.0 ", 8) && strstr(peer.text, " INVITE\r\n"))
        memcpy(peer.answer, peer.text, len + 1);
}

static const char *header(const char *text, const char *name, int *ret_len)
{
    const char *line = strcasestr(text, name);

    *ret_len = 0;
    if (!line)
        return "";
    line += strlen(name);
    *ret_len = (int)strcspn(line, "\r");
    return line;
}

static void send_text(const char *text)
{
    fake_net_datagram(FAKE_NET_SERVER, text, strlen(text));
    fake_net_advance_ms(0);
}

static void answer(const char *request, const char *code, const char *body)
{
    static char text[2 * MAX_TEXT];
    int via_len, from_len, to_len, id_len, cseq_len;
    const char *via = header(request, "\r\nVia: ", &via_len);
    const char *from = header(request, "\r\nFrom: ", &from_len);
    const char *to = header(request, "\r\nTo: ", &to_len);
    const char *id = header(request, "\r\nCall-ID: ", &id_len);
    const char *cseq = header(request, "\r\nCSeq: ", &cseq_len);
    bool has_tag = memmem(to, (size_t)to_len, ";tag=", 5) != NULL;

    (void)snprintf(text, sizeof(text),
                   "SIP/2.0 %s\r\nVia: %.*s\r\nFrom: %.*s\r\nTo: %.*s%s\r\nCall-ID: %.*s\r\n"
                   "CSeq: %.*s\r\nContact: <sip:200@" FAKE_NET_SERVER_IP ">\r\n%s"
                   "Content-Length: %zu\r\n\r\n%s",
                   code, via_len, via, from_len, from, to_len, to, has_tag ? "" : ";tag=b", id_len,
                   id, cseq_len, cseq, body[0] ? "Content-Type: application/sdp\r\n" : "",
                   strlen(body), body);
    send_text(text);
}

/* A request of the other side in the call that our last answer to an INVITE has made, or a first
 * one. */
static void ask(const char *method, unsigned cseq, const char *headers, const char *body)
{
    static char text[2 * MAX_TEXT];
    int to_len;
    const char *to = header(peer.answer, "\r\nTo: ", &to_len);

    (void)snprintf(text, sizeof(text),
                   "%s sip:101@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP " FAKE_NET_SERVER_IP
                   ";branch=z9hG4bKp%u;rport\r\nFrom: <sip:200@a>;tag=a\r\nTo: %.*s\r\n"
                   "Call-ID: c1\r\nCSeq: %u %s\r\nContact: <sip:200@" FAKE_NET_SERVER_IP ">\r\n%s"
                   "Content-Length: %zu\r\n\r\n%s",
                   method, ++peer.n_branches, to_len ? to_len : 14, to_len ? to : "<sip:101@pbx>",
                   cseq, method, headers, strlen(body), body);
    send_text(text);
}

/* Time goes on; what is asked is answered. */
static void live_ms(unsigned ms)
{
    for (unsigned past = 0; past <= ms; past += 500) {
        fake_net_advance_ms(past ? 500 : 0);
        for (unsigned n = 0; n < 10 && peer.text[0]; n++) {
            char text[MAX_TEXT];

            memcpy(text, peer.text, sizeof(text));
            peer.text[0] = '\0';
            if (!strncmp(text, "INVITE ", 7)) {
                answer(text, "180 Ringing", "");
                answer(text, "200 OK", SDP);
            } else if (strncmp(text, "SIP/2.0 ", 8) != 0 && strncmp(text, "ACK ", 4) != 0) {
                answer(text, "200 OK", "");
            }
            fake_net_advance_ms(0);
        }
    }
}

static void on_call(enum call_event event, const struct call_info *info, char digit, void *arg)
{
    (void)digit;
    (void)arg;
    if (event == CALL_CHANGED && info->state == CALL_IN)
        peer.id = info->id;
    if (event == CALL_CHANGED && info->state == CALL_ENDED) {
        peer.n_ended++;
        peer.id = 0;
    }
}

static int call_somebody(struct agent *agent)
{
    unsigned id = 0, n_ended = peer.n_ended;
    int err = agent_call(agent, "sip:200@" FAKE_NET_SERVER_IP, &id);

    if (err) {
        oom_must(agent_call_end(agent, id, false) == ENOENT && peer.n_ended == n_ended);
        return err;
    }
    live_ms(1000);
    err = agent_call_end(agent, id, false);
    live_ms(1000);
    oom_must(peer.n_ended == n_ended + 1);
    return err == ENOENT ? ENOMEM : err; /* it had ended by itself */
}

static int be_called(struct agent *agent)
{
    unsigned n_ended = peer.n_ended, id;

    peer.answer[0] = '\0';
    ask("INVITE", 1, "Content-Type: application/sdp\r\n", SDP);
    live_ms(500);
    id = peer.id;
    if (!id)
        return ENOMEM;
    (void)agent_call_answer(agent, id);
    live_ms(0);
    ask("ACK", 1, "", "");
    ask("INFO", 2, "Content-Type: application/dtmf\r\n", "5");
    ask("INVITE", 3, "Content-Type: application/sdp\r\n", SDP "a=sendonly\r\n");
    ask("ACK", 3, "", "");
    live_ms(1000);
    ask("BYE", 4, "", "");
    live_ms(1000);
    if (peer.n_ended == n_ended) { /* the BYE found no memory, and is not sent again */
        (void)agent_call_end(agent, id, false);
        live_ms(PATIENCE_MS);
    }
    oom_must(peer.n_ended == n_ended + 1);
    return 0;
}

static int run(void)
{
    const struct agent_config config = {
        .bind = "127.0.0.1:5060",
        .nameserver = FAKE_NET_SERVER_IP ":53",
        .serial = "7a3c2c4e-0000-4000-8000-000000000001",
        .sound = (struct sound *)(void *)&sound,
    };
    struct agent *agent = NULL;
    int err;

    memset(&peer, 0, sizeof(peer));
    memset(&fake_audio, 0, sizeof(fake_audio));
    fake_net_reset();
    err = loop_init();
    if (err)
        return err;
    err = agent_new(&config, &agent);
    if (!err) {
        agent_on_call(agent, on_call, NULL);
        err = agent_set_callers(agent, FAKE_NET_SERVER_IP);
    }
    if (!err)
        err = call_somebody(agent);
    if (!err)
        err = be_called(agent);
    live_ms(1000);
    agent_free(agent);
    oom_must(fake_audio.n_open == 0);
    loop_done();
    return err;
}

int main(int argc, char *argv[])
{
    /* libre says so of a socket that it could not make for want of memory. */
    static const int errors[] = {EADDRNOTAVAIL, 0};
    static const struct oom_scenario scenarios[] = {
        {"calls", run, errors},
        {NULL, NULL, NULL},
    };

    hand_clock_stand();
    log_set_level(LOG_LEVEL_ERROR);
    fake_net_on_sent(on_sent);
    (void)unsetenv("SSL_CERT_FILE"); /* would be read for each run */
    return oom_main(argc, argv, scenarios);
}
