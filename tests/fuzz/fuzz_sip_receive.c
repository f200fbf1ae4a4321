/* SPDX-License-Identifier: MIT */
/* All that can come in on the SIP port while an account registers. The first byte is how:
 *   u UDP, s UDP with a STUN server, t TCP; v and w: as u and t, already registered
 * then records as sip_story.h has them, and
 *   G N   the same settings again; other settings
 * Calls are fuzz_sip_calls.c's. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/event.h"
#include "fake_net.h"
#include "fuzz.h"
#include "sip/agent.h"
#include "sip/trace.h"
#include "sip_story.h"

static struct event_bus *events;

static void use(struct agent *agent, char mode, bool is_other)
{
    struct sip_settings settings = {
        .proxy = "sip:" FAKE_NET_SERVER_IP,
        .realm = "pbx.test",
        .user = "101",
        .password = SIP_STORY_SECRET,
        .transport = mode == 't' || mode == 'w' ? SIP_TRANSPORT_TCP : SIP_TRANSPORT_UDP,
        .stun_ip = "127.0.0.1",
        .stun_port = 3478,
        .registration_interval_s = 60,
    };

    if (is_other)
        settings.user[0] = '2';
    if (mode == 's')
        (void)snprintf(settings.stun_ip, sizeof(settings.stun_ip), FAKE_NET_SERVER_IP);
    agent_apply(agent, &settings);
    fake_net_advance_ms(0);
}

static void play(struct agent *agent, char mode, const struct fuzz_record *record)
{
    if (!sip_story_play(record) && (record->kind == 'G' || record->kind == 'N'))
        use(agent, mode, record->kind == 'N');
}

static void register_at_once(struct agent *agent, char mode)
{
    struct agent_status status;

    sip_story_register(mode == 'w');
    agent_status(agent, &status);
    fuzz_must(status.state == AGENT_REGISTERED);
}

/* ---- what must hold ---- */

static void check_message(const struct trace_entry *entry, void *arg)
{
    (void)arg;
    fuzz_must(!strstr(entry->text, SIP_STORY_SECRET));
    fuzz_must(strlen(entry->text) <= TRACE_MAX_TEXT);
}

static void check(const struct agent *agent)
{
    struct agent_status status;

    agent_status(agent, &status);
    fuzz_must(status.code == 0 || (status.code >= 100 && status.code <= 699));
    fuzz_must(status.state != AGENT_REGISTERED || status.expires_at_s > 0);
    sip_story_check_text(status.reason, sizeof(status.reason));
    sip_story_check_text(status.public_address, sizeof(status.public_address));
    sip_story_check_text(status.stun, sizeof(status.stun));
    trace_show(agent_trace(agent), check_message, NULL);
}

static void on_event(const struct event *event, void *arg)
{
    (void)arg;
    sip_story_check_text(event->text, strlen(event->text) + 1);
}

static void set_up_once(void)
{
    if (events)
        return;
    sip_story_set_up();
    if (event_bus_new(&events) || event_listen(events, on_event, NULL))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct agent_config config = {
        .bind = "127.0.0.1:5060",
        .nameserver = FAKE_NET_SERVER_IP ":53",
        .serial = "7a3c2c4e-0000-4000-8000-000000000001",
        .keepalive_s = 25,
        .keepalive_is_options = size > 1 && data[1] == 'o',
    };
    struct agent_config with_events = config;
    struct agent *agent = NULL;
    struct fuzz_record record;
    char mode;

    if (!size || sip_story_has_secret(data, size))
        return 0;
    set_up_once();
    sip_story_begin();
    with_events.events = events;
    mode = (char)data[0];
    if (agent_new(&with_events, &agent))
        abort();
    use(agent, mode, false);
    if (mode == 'v' || mode == 'w')
        register_at_once(agent, mode);
    data++;
    size--;
    for (unsigned n = 0; n < 64 && fuzz_next_record(&data, &size, &record); n++)
        play(agent, mode, &record);
    check(agent);
    agent_free(agent);
    return 0;
}
