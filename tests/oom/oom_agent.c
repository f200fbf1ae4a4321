/* SPDX-License-Identifier: MIT */
/* An account from its making to its goodbye, with a registrar played by hand. Whatever single
 * allocation fails: an agent that could be made is registered in the end. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/hand_clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "fake_net.h"
#include "oom.h"
#include "sip/agent.h"
#include "sip/trace.h"
#include "tls_server.h"

enum { PATIENCE_S = 3600, STUN_HEADER = 20, MAX_ANSWER = 2 * FAKE_NET_MAX_SENT };

static struct {
    char request[FAKE_NET_MAX_SENT + 1]; /* that is to be answered; "": none */
    uint8_t stun[STUN_HEADER];           /* [0] 0xff: none */
    bool is_tcp;
    bool is_tls;
    bool has_stopped;
} peer;

static void on_sent(const uint8_t *data, size_t len)
{
    if (peer.is_tls && tls_server_is_record(data, len))
        tls_server_take(data, len);
    else if (len >= STUN_HEADER && data[0] == 0) {
        memcpy(peer.stun, data, STUN_HEADER);
    } else if (len > 9 && (!memcmp(data, "REGISTER ", 9) || !memcmp(data, "OPTIONS ", 8))) {
        memcpy(peer.request, data, len);
        peer.request[len] = '\0';
    }
}

static const char *header(const char *name, int *ret_len)
{
    const char *line = strcasestr(peer.request, name);

    *ret_len = 0;
    if (!line)
        return "";
    line += strlen(name);
    *ret_len = (int)strcspn(line, "\r");
    return line;
}

/* 401 for the first, 200 for the one with credentials. */
static void answer_request(void)
{
    static const char challenge[] = "WWW-Authenticate: Digest realm=\"pbx.test\", nonce=\"n\", "
                                    "qop=\"auth\", algorithm=SHA-256\r\n";
    static char answer[MAX_ANSWER];
    int via_len, from_len, to_len, id_len, cseq_len, len;
    const char *via = header("\r\nVia: ", &via_len);
    const char *from = header("\r\nFrom: ", &from_len);
    const char *to = header("\r\nTo: ", &to_len);
    const char *id = header("\r\nCall-ID: ", &id_len);
    const char *cseq = header("\r\nCSeq: ", &cseq_len);
    bool is_good = strstr(peer.request, "\r\nAuthorization: ") || peer.request[0] == 'O';

    len = snprintf(answer, sizeof(answer),
                   "SIP/2.0 %s\r\nVia: %.*s\r\nFrom: %.*s\r\nTo: %.*s;tag=r\r\nCall-ID: %.*s\r\n"
                   "CSeq: %.*s\r\n%sContent-Length: 0\r\n\r\n",
                   is_good ? "200 OK" : "401 Who", via_len, via, from_len, from, to_len, to, id_len,
                   id, cseq_len, cseq, is_good ? "Expires: 60\r\n" : challenge);
    peer.request[0] = '\0';
    if (peer.is_tls)
        tls_server_write(answer, (size_t)len);
    else if (peer.is_tcp)
        fake_net_stream(FAKE_NET_SERVER, answer, (size_t)len);
    else
        fake_net_datagram(FAKE_NET_SERVER, answer, (size_t)len);
}

static void answer_stun(void)
{
    static const uint8_t attributes[] = {0, 1, 0, 8, 0, 1, 0xee, 0x48, 203, 0, 113, 7};
    uint8_t answer[STUN_HEADER + sizeof(attributes)];

    memcpy(answer, peer.stun, STUN_HEADER);
    answer[0] = 1;
    answer[1] = 1;
    answer[2] = 0;
    answer[3] = sizeof(attributes);
    memcpy(answer + STUN_HEADER, attributes, sizeof(attributes));
    peer.stun[0] = 0xff;
    fake_net_datagram(FAKE_NET_SERVER, answer, sizeof(answer));
}

/* What the TLS server has to say, and what it was asked. */
static void run_tls(void)
{
    static uint8_t data[FAKE_NET_MAX_SENT];
    size_t len;

    if (!peer.is_tls)
        return;
    len = tls_server_read(data, sizeof(data));
    if (len)
        on_sent(data, len);
    len = tls_server_output(data, sizeof(data));
    if (len)
        fake_net_stream(FAKE_NET_SERVER, data, len);
}

/* Time goes on; whatever is asked is answered. */
static void live_ms(unsigned ms)
{
    for (unsigned past = 0; past <= ms; past += 500) {
        fake_net_advance_ms(past ? 500 : 0);
        for (unsigned n = 0;
             n < 10 && (peer.request[0] || peer.stun[0] == 0 || (peer.is_tls && n < 6)); n++) {
            if (peer.request[0])
                answer_request();
            else if (peer.stun[0] == 0)
                answer_stun();
            run_tls();
            fake_net_advance_ms(0);
        }
        if (peer.is_tcp)
            fake_net_connected();
    }
}

static bool is_registered(const struct agent *agent)
{
    struct agent_status status;

    agent_status(agent, &status);
    return status.state == AGENT_REGISTERED;
}

/* A stranger asks, and sends garbage. */
static void disturb(void)
{
    static const char options[] = "OPTIONS sip:101@a SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.66;"
                                  "branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:101@a>\r\n"
                                  "Call-ID: x\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";

    fake_net_datagram(FAKE_NET_STRANGER, options, strlen(options));
    fake_net_accept();
    fake_net_stream(FAKE_NET_STRANGER, options, 40);
    fake_net_stream(FAKE_NET_STRANGER, options + 40, strlen(options) - 40);
    fake_net_advance_ms(0);
    fake_net_close(FAKE_NET_STRANGER);
}

static void count(const struct trace_entry *entry, void *arg)
{
    (void)entry;
    (*(unsigned *)arg)++;
}

static void on_stopped(void *arg)
{
    (void)arg;
    peer.has_stopped = true;
}

static void live(struct agent *agent, const struct sip_settings *settings)
{
    unsigned waited_s = 0, n_messages = 0;
    struct agent_status status;

    agent_apply(agent, settings);
    live_ms(500);
    disturb();
    agent_status(agent, &status);
    while (!is_registered(agent) && waited_s < PATIENCE_S) {
        /* No memory for a binding: off until the next change. */
        if (status.state == AGENT_OFF)
            agent_apply(agent, settings);
        /* OpenSSL keeps what it has half made, and does not always tell: it is made anew when
         * somebody saves the settings again. */
        if (peer.is_tls && waited_s == 60 &&
            !agent_set_trust(agent, tls_server_certificate(), true))
            agent_apply(agent, settings);
        live_ms(1000);
        waited_s++;
        agent_status(agent, &status);
    }
    oom_must(is_registered(agent));
    live_ms(90000); /* a refresh and keep-alives */
    for (waited_s = 0; !is_registered(agent) && waited_s < PATIENCE_S; waited_s++)
        live_ms(1000);
    oom_must(is_registered(agent));
    trace_show(agent_trace(agent), count, &n_messages);
    oom_must(n_messages > 0);
    agent_stop(agent, on_stopped, NULL);
    live_ms(AGENT_STOP_MS + 500);
    oom_must(peer.has_stopped);
}

static void on_event(const struct event *event, void *arg)
{
    (void)event;
    (void)arg;
}

static int run(enum sip_transport transport)
{
    const struct sip_settings settings = {
        .proxy = "sip:" FAKE_NET_SERVER_IP,
        .realm = "pbx.test",
        .user = "101",
        .password = "secret1",
        .transport = transport,
        .stun_ip = FAKE_NET_SERVER_IP,
        .stun_port = 3478,
        .registration_interval_s = 60,
    };
    struct event_bus *events = NULL;
    struct agent_config config = {
        .bind = "127.0.0.1:5060",
        .nameserver = FAKE_NET_SERVER_IP ":53",
        .serial = "7a3c2c4e-0000-4000-8000-000000000001",
        .keepalive_s = 25,
        .keepalive_is_options = true,
    };
    struct agent *agent = NULL;
    int err;

    memset(&peer, 0, sizeof(peer));
    peer.stun[0] = 0xff;
    peer.is_tcp = transport != SIP_TRANSPORT_UDP;
    peer.is_tls = transport == SIP_TRANSPORT_TLS;
    tls_server_reset();
    fake_net_reset();
    err = loop_init();
    if (err)
        return err;
    err = event_bus_new(&events);
    if (!err)
        err = event_listen(events, on_event, NULL);
    config.events = events;
    if (!err)
        err = agent_new(&config, &agent);
    if (!err && peer.is_tls)
        err = agent_set_trust(agent, tls_server_certificate(), true);
    if (!err)
        live(agent, &settings);
    agent_free(agent);
    event_bus_free(events);
    loop_done();
    tls_server_reset();
    return err;
}

static int run_udp(void)
{
    return run(SIP_TRANSPORT_UDP);
}

static int run_tcp(void)
{
    return run(SIP_TRANSPORT_TCP);
}

static int run_tls_account(void)
{
    return run(SIP_TRANSPORT_TLS);
}

int main(int argc, char *argv[])
{
    /* libre says so of a socket that it could not make for want of memory. */
    static const int errors[] = {EADDRNOTAVAIL, 0};
    /* And OpenSSL a certificate that it had no memory to take apart. */
    static const int tls_errors[] = {EADDRNOTAVAIL, EINVAL, 0};
    static const struct oom_scenario scenarios[] = {
        {"account by UDP with STUN", run_udp, errors},
        {"account by TCP", run_tcp, errors},
        {"account by TLS", run_tls_account, tls_errors},
        {NULL, NULL, NULL},
    };

    tls_server_init(FAKE_NET_SERVER_IP);
    hand_clock_stand();
    hand_clock_step_unix_ms((PORTERO_RELEASED_AT_S + 86400 - clock_unix_s()) *
                            1000); /* TLS needs a clock */
    log_set_level(LOG_LEVEL_ERROR);
    fake_net_on_sent(on_sent);
    (void)unsetenv("SSL_CERT_FILE"); /* would be read for each run */
    return oom_main(argc, argv, scenarios);
}
