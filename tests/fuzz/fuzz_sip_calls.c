/* SPDX-License-Identifier: MIT */
/* All that can come in on the SIP port while the panel calls and is called. The first byte is how:
 *   d no account, but the server may call us; u registered by UDP, s likewise with a STUN server,
 *   t registered by TCP
 * then records as sip_story.h has them, and of the last call that was begun
 *   D     call what the rest says
 *   P H L pick up, hang up, nobody has answered in time
 *   R     refuse, with the code that the rest says
 *   K F   its sound has heard a digit; is dead
 *   M     STUN has told the address of its sound, or with 0 nothing
 *   N     the network has changed */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "fake_net.h"
#include "fuzz.h"
#include "sip/agent.h"
#include "sip/fake_audio.h"
#include "sip_story.h"

enum { MAX_CALLS = 256 }; /* of a story */

static struct {
    bool is_begun, is_picked_up, is_ended;
    enum call_state state;
} calls[MAX_CALLS]; /* by their ids */

static struct {
    struct agent *agent;
    unsigned last_id; /* of the call that was begun last; 0: none */
    unsigned n_digits;
    bool is_digit_due; /* a record that may bring one */
} now;

static int sound;

/* ---- what must hold ---- */

/* UTF-8 on one line, without the secret. */
static void check_text(const char *text, size_t size)
{
    size_t len = strnlen(text, size), n;

    fuzz_must(len < size && !strstr(text, SIP_STORY_SECRET));
    for (; len; text += n, len -= n) {
        n = utf8_character_len(text, len);
        fuzz_must(n > 0);
    }
}

static void check_info(const struct call_info *info)
{
    check_text(info->reason, sizeof(info->reason));
    check_text(info->peer_uri, sizeof(info->peer_uri));
    fuzz_must(info->id > 0 && info->id < MAX_CALLS);
    fuzz_must((info->state == CALL_ENDED) == (info->end != CALL_NOT_ENDED));
    fuzz_must(!info->is_held || info->state == CALL_ESTABLISHED);
}

/* Who may not call begins no call, and changes none. */
static void check_who(const struct call_info *info)
{
    fuzz_must(!sip_story_is_strangers() || sip_story_is_stranger_known());
    fuzz_must(!info->is_incoming || !strcmp(info->peer_address, FAKE_NET_SERVER_IP));
}

static void check_change(const struct call_info *info)
{
    bool is_same = info->state == calls[info->id].state;

    switch (info->state) {
    case CALL_OUT:
        fuzz_must(false); /* is never told */
        break;
    case CALL_IN:
        fuzz_must(info->is_incoming && !calls[info->id].is_begun);
        break;
    case CALL_RINGING:
        fuzz_must(!info->is_incoming && calls[info->id].state == CALL_OUT);
        break;
    case CALL_ESTABLISHED: /* and told again for a hold */
        fuzz_must(is_same || !info->is_incoming || calls[info->id].is_picked_up);
        break;
    case CALL_ENDED:
        break;
    }
}

static void on_call(enum call_event event, const struct call_info *info, char digit, void *arg)
{
    (void)arg;
    check_info(info);
    check_who(info);
    fuzz_must(!calls[info->id].is_ended);
    if (event == CALL_DIGIT) { /* it may open the door */
        fuzz_must(calls[info->id].state == CALL_ESTABLISHED && strchr("0123456789*#ABCD", digit));
        fuzz_must(now.is_digit_due);
        now.n_digits++;
        return;
    }
    check_change(info);
    calls[info->id].is_begun = true;
    calls[info->id].state = info->state;
    calls[info->id].is_ended = info->state == CALL_ENDED;
    if (info->state == CALL_IN)
        now.last_id = info->id;
}

/* Whatever has come: each call that was begun can be ended, and then it is over. */
static void end_all(void)
{
    unsigned n = 0;

    for (unsigned id = 1; id < MAX_CALLS; id++) {
        bool runs = calls[id].is_begun && !calls[id].is_ended;

        fuzz_must((agent_call_end(now.agent, id, false) == 0) == runs);
        fuzz_must(!runs || calls[id].is_ended);
        n += runs;
    }
    fuzz_must(n <= AGENT_MAX_CALLS);
}

/* ---- what the input says ---- */

static void dial(const struct fuzz_record *record)
{
    char number[CALL_MAX_URI + 2];
    unsigned id = 0;

    if (now.last_id >= MAX_CALLS - 1 || record->len >= sizeof(number))
        return;
    memcpy(number, record->data, record->len);
    number[record->len] = '\0';
    sip_story_note(number, record->len);
    if (agent_call(now.agent, number, &id))
        return;
    fuzz_must(id > 0 && id < MAX_CALLS);
    calls[id].is_begun = true;
    if (id > now.last_id)
        now.last_id = id;
}

static void tell_of_sound(char kind, char how)
{
    if (!fake_audio_is_open())
        return;
    if (kind == 'K')
        fake_audio_digit(strchr("0123456789*#ABCD", how) && how ? how : '1');
    else if (kind == 'F')
        fake_audio_dead();
    else if (fake_audio_is_mapping())
        fake_audio_mapped(how == '0' ? NULL : FAKE_NET_SERVER_IP, 4000);
}

static void play(const struct fuzz_record *record)
{
    char how = record->len ? (char)record->data[0] : '\0';

    now.is_digit_due = strchr("UTASK", record->kind) != NULL;
    now.n_digits = 0;
    switch (record->kind) {
    case 'D':
        dial(record);
        break;
    case 'P':
        calls[now.last_id].is_picked_up = true;
        (void)agent_call_answer(now.agent, now.last_id);
        break;
    case 'H':
    case 'L':
        (void)agent_call_end(now.agent, now.last_id, record->kind == 'L');
        break;
    case 'R':
        (void)agent_call_refuse(now.agent, now.last_id, how == '4' ? 486 : how == '6' ? 603 : 480);
        break;
    case 'K':
    case 'F':
    case 'M':
        tell_of_sound(record->kind, how);
        break;
    case 'N':
        agent_network_changed(now.agent, how == '1');
        break;
    default:
        (void)sip_story_play(record);
    }
    fake_net_advance_ms(0);
    fuzz_must(now.n_digits <= 1 || record->kind == 'T' || record->kind == 'A');
}

static void begin(char mode)
{
    struct sip_settings settings = {
        .proxy = "sip:" FAKE_NET_SERVER_IP,
        .realm = "pbx.test",
        .user = "101",
        .password = SIP_STORY_SECRET,
        .transport = mode == 't' ? SIP_TRANSPORT_TCP : SIP_TRANSPORT_UDP,
        .stun_ip = "127.0.0.1",
        .stun_port = 3478,
        .registration_interval_s = 900,
    };

    agent_on_call(now.agent, on_call, NULL);
    if (mode == 'd') {
        if (agent_set_callers(now.agent, FAKE_NET_SERVER_IP))
            abort();
        return;
    }
    if (mode == 's')
        (void)snprintf(settings.stun_ip, sizeof(settings.stun_ip), FAKE_NET_SERVER_IP);
    agent_apply(now.agent, &settings);
    fake_net_advance_ms(0);
    sip_story_register(mode == 't');
}

static void set_up_once(void)
{
    static bool is_done;

    if (is_done)
        return;
    is_done = true;
    sip_story_set_up();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct agent_config config = {
        .bind = "127.0.0.1:5060",
        .nameserver = FAKE_NET_SERVER_IP ":53",
        .serial = "7a3c2c4e-0000-4000-8000-000000000001",
        .sound = (struct sound *)(void *)&sound,
    };
    struct fuzz_record record;

    if (!size || sip_story_has_secret(data, size))
        return 0;
    set_up_once();
    sip_story_begin();
    memset(calls, 0, sizeof(calls));
    memset(&now, 0, sizeof(now));
    memset(&fake_audio, 0, sizeof(fake_audio));
    if (agent_new(&config, &now.agent))
        abort();
    begin((char)data[0]);
    data++;
    size--;
    for (unsigned n = 0; n < 64 && fuzz_next_record(&data, &size, &record); n++)
        play(&record);
    end_all();
    agent_free(now.agent);
    fuzz_must(fake_audio.n_open == 0);
    return 0;
}
