/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "sip/call_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/event.h"
#include "base/loop.h"
#include "base/loop_until.h"
#include "base/worker.h"

static struct worker *worker;
static struct event_bus *events;
static struct call_case it;
static const struct dns_record no_names[] = {{.name = NULL}};
static int sound; /* its address is all that is used of it */

static void tell(const char *text)
{
    size_t len = strlen(it.told);

    (void)snprintf(it.told + len, sizeof(it.told) - len, "%s\n", text);
}

static void on_call(enum call_event event, const struct call_info *info, char digit, void *arg)
{
    static const char *const names[] = {[CALL_OUT] = "out",
                                        [CALL_RINGING] = "ringing",
                                        [CALL_IN] = "in",
                                        [CALL_ESTABLISHED] = "established",
                                        [CALL_ENDED] = "ended"};
    char text[200];

    assert_ptr_equal(arg, &it);
    it.info = *info;
    if (event == CALL_DIGIT)
        (void)snprintf(text, sizeof(text), "%u digit %c", info->id, digit);
    else
        (void)snprintf(text, sizeof(text), "%u %s%s%s%s", info->id, names[info->state],
                       info->is_held ? " held" : "", info->end ? " " : "",
                       call_end_name(info->end));
    tell(text);
    if (it.on_event)
        it.on_event(event, info);
}

static bool is_registered(void *arg)
{
    struct agent_status status;

    (void)arg;
    agent_status(it.agent, &status);
    return status.state == AGENT_REGISTERED;
}

void call_case_register(void)
{
    agent_apply(it.agent, &it.settings);
    assert_true(loop_until(is_registered, NULL));
}

struct call_case *call_case_start(bool is_bound)
{
    struct agent_config config = {.bind = "127.0.0.1:0",
                                  .serial = "7a3c2c4e-0000-4000-8000-000000000001",
                                  .sound = (struct sound *)(void *)&sound};
    char local[64];

    memset(&it, 0, sizeof(it));
    memset(&fake_audio, 0, sizeof(fake_audio));
    assert_int_equal(loop_init(), 0);
    assert_int_equal(worker_new("resolver", 4, &worker), 0);
    assert_int_equal(event_bus_new(&events), 0);
    sip_peer_start(&it.server, "127.0.0.1");
    sip_peer_start(&it.phone, "127.0.0.2");
    stun_server_start(&it.stun);
    it.dns = dns_server_new(no_names);
    dns_server_use(it.dns, no_names, DNS_NO_SUCH_NAME);
    config.nameserver = dns_server_address(it.dns);
    config.resolver_worker = worker;
    config.events = events;
    assert_int_equal(agent_new(&config, &it.agent), 0);
    agent_on_call(it.agent, on_call, &it);
    agent_local_address(it.agent, local, sizeof(local));
    it.port = (uint16_t)strtoul(strchr(local, ':') + 1, NULL, 10);
    it.settings = (struct sip_settings){.realm = "pbx.test",
                                        .user = "101",
                                        .password = "secret1",
                                        .stun_ip = "127.0.0.1",
                                        .stun_port = it.stun.port,
                                        .registration_interval_s = 60};
    (void)snprintf(it.settings.proxy, sizeof(it.settings.proxy), "sip:%s", it.server.address);
    if (is_bound)
        call_case_register();
    return &it;
}

void call_case_stop(void)
{
    it.agent = agent_free(it.agent);
    assert_int_equal(fake_audio.n_open, 0);
    stun_server_stop(&it.stun);
    dns_server_free(it.dns);
    sip_peer_stop(&it.server);
    sip_peer_stop(&it.phone);
    event_bus_free(events);
    worker_free(worker);
    loop_done();
}

static bool ends_so(void *arg)
{
    const char *end = arg;
    size_t len = strlen(end), told_len = strlen(it.told);

    return told_len > len && !strncmp(it.told + told_len - len - 1, end, len);
}

void call_case_wait_told(const char *end)
{
    char copy[200];

    (void)snprintf(copy, sizeof(copy), "%s", end);
    if (!loop_until(ends_so, copy))
        fail_msg("told, without %s at its end:\n%s%s", end, it.told, it.info.reason);
}

const char *call_case_establish(void)
{
    const char *invite, *ack;
    char contact[100];

    assert_int_equal(agent_call(it.agent, "200", &it.id), 0);
    invite = sip_peer_wait(&it.server, "INVITE ");
    assert_non_null(invite);
    (void)snprintf(contact, sizeof(contact), "Contact: <sip:200@%s>\r\n", it.server.address);
    sip_peer_answer(&it.server, invite, "200 OK", "b", contact, CALL_SDP_BODY);
    ack = sip_peer_wait(&it.server, "ACK ");
    assert_non_null(ack);
    call_case_wait_told("established");
    return ack;
}

static void send_request(struct sip_peer *peer, const char *method, const char *text,
                         const char *headers, const char *body)
{
    static unsigned n_branches;
    char message[2 * SIP_PEER_MAX_TEXT];

    (void)snprintf(message, sizeof(message),
                   "%s sip:101@127.0.0.1:%u SIP/2.0\r\n"
                   "Via: SIP/2.0/UDP %s;branch=z9hG4bKt%u;rport\r\nMax-Forwards: 70\r\n%s%s"
                   "Contact: <sip:200@%s>\r\nContent-Length: %zu\r\n\r\n%s",
                   method, it.port, peer->address, ++n_branches, text, headers, peer->address,
                   strlen(body), body);
    sip_peer_send(peer, it.port, message);
}

static const char *type_of(const char *headers, const char *body)
{
    return body[0] && !strstr(headers, "Content-Type") ? "Content-Type: application/sdp\r\n" : "";
}

void call_case_invite(struct sip_peer *peer, const char *call_id, const char *headers,
                      const char *body)
{
    char text[1000];

    (void)snprintf(text, sizeof(text),
                   "From: \"Anna\" <sip:200@pbx.test>;tag=a\r\nTo: <sip:101@pbx.test>\r\n"
                   "Call-ID: %s\r\nCSeq: 1 INVITE\r\n%s",
                   call_id, type_of(headers, body));
    send_request(peer, "INVITE", text, headers, body);
}

void call_case_request_in(struct sip_peer *peer, const char *answer, const char *method,
                          unsigned cseq, const char *headers, const char *body)
{
    char from[300], to[300], call_id[200], text[1200];

    sip_peer_header(answer, "From", from, sizeof(from));
    sip_peer_header(answer, "To", to, sizeof(to));
    sip_peer_header(answer, "Call-ID", call_id, sizeof(call_id));
    (void)snprintf(text, sizeof(text), "From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %u %s\r\n%s",
                   from, to, call_id, cseq, method, type_of(headers, body));
    send_request(peer, method, text, headers, body);
}

void call_case_request_out(struct sip_peer *peer, const char *ack, const char *method,
                           unsigned cseq, const char *headers, const char *body)
{
    char from[300], to[300], call_id[200], text[1200];

    sip_peer_header(ack, "From", from, sizeof(from));
    sip_peer_header(ack, "To", to, sizeof(to));
    sip_peer_header(ack, "Call-ID", call_id, sizeof(call_id));
    (void)snprintf(text, sizeof(text), "From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %u %s\r\n%s", to,
                   from, call_id, cseq, method, type_of(headers, body));
    send_request(peer, method, text, headers, body);
}
