/* SPDX-License-Identifier: MIT */
/* All that can come in on the SIP port while an account registers. The first byte is how:
 *   u UDP, s UDP with a STUN server, t TCP; v and w: as u and t, already registered
 * then records (fuzz.h):
 *   U S   a datagram from the server, from a stranger
 *   T A   bytes on our connection to the server, on one that a stranger has opened
 *   E X   our connection stands; the server closes it
 *   O Y   a stranger opens a connection; closes it
 *   W0-9  time goes on: 1 ms, 10 ms, ... at most 1000 s; but not after MAX_WAITED messages of ours
 *   G N   the same settings again; other settings
 * In the data $V $F $T $C $Q stand for what the last request of ours had in Via, From, To,
 * Call-ID, CSeq; $I for the transaction of our last STUN request (12 bytes). */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/event.h"
#include "base/hand_clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "fake_net.h"
#include "fuzz.h"
#include "sip/agent.h"
#include "sip/trace.h"

#define SECRET "planted-secret"

/* A server that never answers gets hundreds of messages in 1000 s, and libFuzzer prefers inputs
 * that do so: each of them is traced, and none is news. */
enum { MAX_MESSAGE = 64 * 1024, STUN_ID_AT = 8, STUN_ID_LEN = 12, MAX_WAITED = 40, STEP_MS = 5000 };

static struct event_bus *events;
static char request[FAKE_NET_MAX_SENT + 1]; /* the last one of ours */
static uint8_t stun_id[STUN_ID_LEN];
static unsigned n_sent; /* by this input */

static void on_sent(const uint8_t *data, size_t len)
{
    fuzz_must(!memmem(data, len, SECRET, strlen(SECRET)));
    n_sent++;
    if (len >= STUN_ID_AT + STUN_ID_LEN && data[0] == 0) {
        memcpy(stun_id, data + STUN_ID_AT, STUN_ID_LEN);
    } else if (len > 8 && isupper(data[0]) && memcmp(data, "SIP/2.0 ", 8) != 0) {
        memcpy(request, data, len);
        request[len] = '\0';
    }
}

/* ---- what the input says ---- */

static size_t put_header(const char *name, char *buf, size_t size)
{
    size_t name_len = strlen(name), len;

    for (const char *line = strstr(request, "\r\n"); line; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, name_len))
            continue;
        line += 2 + name_len;
        len = strcspn(line, "\r");
        if (len > size)
            len = size;
        memcpy(buf, line, len);
        return len;
    }
    return 0;
}

/* Returns the length of what was put; *ret_is_known: the letter stands for something. */
static size_t put_word(char letter, char *buf, size_t size, bool *ret_is_known)
{
    static const char *const names[] = {"Via: ", "From: ", "To: ", "Call-ID: ", "CSeq: "};
    const char *at = letter ? strchr("VFTCQ", letter) : NULL;

    *ret_is_known = at || letter == 'I';
    if (at)
        return put_header(names[at - strchr("VFTCQ", 'V')], buf, size);
    if (letter != 'I' || size < STUN_ID_LEN)
        return 0;
    memcpy(buf, stun_id, STUN_ID_LEN);
    return STUN_ID_LEN;
}

static size_t expand(const struct fuzz_record *record, char buf[MAX_MESSAGE])
{
    size_t len = 0;

    for (size_t i = 0; i < record->len && len < MAX_MESSAGE; i++) {
        bool is_known = false;

        if (record->data[i] == '$' && i + 1 < record->len)
            len += put_word((char)record->data[i + 1], buf + len, MAX_MESSAGE - len, &is_known);
        if (is_known)
            i++;
        else
            buf[len++] = (char)record->data[i];
    }
    return len;
}

static void use(struct agent *agent, char mode, bool is_other)
{
    struct sip_settings settings = {
        .proxy = "sip:" FAKE_NET_SERVER_IP,
        .realm = "pbx.test",
        .user = "101",
        .password = SECRET,
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

static void wait(char digit)
{
    uint64_t ms = 1;

    for (; digit > '0' && digit <= '6'; digit--)
        ms *= 10;
    while (ms && n_sent < MAX_WAITED) {
        uint64_t step_ms = ms < STEP_MS ? ms : STEP_MS;

        fake_net_advance_ms(step_ms);
        ms -= step_ms;
    }
}

static void do_record(struct agent *agent, char mode, const struct fuzz_record *record)
{
    static char text[MAX_MESSAGE];
    size_t len = expand(record, text);

    switch (record->kind) {
    case 'E':
        fake_net_connected();
        break;
    case 'X':
        fake_net_close(FAKE_NET_SERVER);
        break;
    case 'O':
        fake_net_accept();
        break;
    case 'Y':
        fake_net_close(FAKE_NET_STRANGER);
        break;
    case 'T':
    case 'A':
        fake_net_stream(record->kind == 'T' ? FAKE_NET_SERVER : FAKE_NET_STRANGER, text, len);
        break;
    case 'W':
        wait(len ? text[0] : '0');
        break;
    case 'G':
    case 'N':
        use(agent, mode, record->kind == 'N');
        break;
    default:
        fake_net_datagram(record->kind == 'S' ? FAKE_NET_STRANGER : FAKE_NET_SERVER, text, len);
    }
    fake_net_advance_ms(0);
}

static void register_at_once(struct agent *agent, char mode)
{
    static const char answer[] =
        "SIP/2.0 200 OK\r\nVia: $V\r\nFrom: $F\r\nTo: $T;tag=r\r\nCall-ID: $C\r\nCSeq: $Q\r\n"
        "Expires: 60\r\nContent-Length: 0\r\n\r\n";
    struct fuzz_record record = {
        .kind = mode == 'w' ? 'T' : 'U',
        .data = (const uint8_t *)answer,
        .len = strlen(answer),
    };
    struct agent_status status;

    if (mode == 'w')
        fake_net_connected();
    do_record(agent, mode, &record);
    agent_status(agent, &status);
    fuzz_must(status.state == AGENT_REGISTERED);
}

/* ---- what must hold ---- */

static void check_text(const char *text, size_t size)
{
    size_t len = strnlen(text, size);

    fuzz_must(len < size);
    fuzz_must(!strstr(text, SECRET));
    for (size_t i = 0; i < len; i++)
        fuzz_must((unsigned char)text[i] >= 0x20 && (unsigned char)text[i] < 0x7f);
}

static void check_message(const struct trace_entry *entry, void *arg)
{
    (void)arg;
    fuzz_must(!strstr(entry->text, SECRET));
    fuzz_must(strlen(entry->text) <= TRACE_MAX_TEXT);
}

static void check(const struct agent *agent)
{
    struct agent_status status;

    agent_status(agent, &status);
    fuzz_must(status.code == 0 || (status.code >= 100 && status.code <= 699));
    fuzz_must(status.state != AGENT_REGISTERED || status.expires_at_s > 0);
    check_text(status.reason, sizeof(status.reason));
    check_text(status.public_address, sizeof(status.public_address));
    check_text(status.stun, sizeof(status.stun));
    trace_show(agent_trace(agent), check_message, NULL);
}

/* libFuzzer finds out what we look for. Half of it is enough to refuse: an input comes in pieces.
 */
static bool has_secret(const uint8_t *data, size_t size)
{
    return data && (memmem(data, size, "planted", 7) || memmem(data, size, "-secret", 7));
}

static void on_event(const struct event *event, void *arg)
{
    (void)arg;
    check_text(event->text, strlen(event->text) + 1);
}

static void set_up_once(void)
{
    if (events)
        return;
    hand_clock_stand();
    (void)unsetenv("SSL_CERT_FILE"); /* would be read for each input */
    log_set_level(LOG_LEVEL_ERROR);
    if (loop_init() || event_bus_new(&events) || event_listen(events, on_event, NULL))
        abort();
    fake_net_on_sent(on_sent);
}

/* Each input makes and frees an account: AddressSanitizer would keep 256 MiB of such, always
 * touching pages that are not in the cache. 8 MiB are still many inputs. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "quarantine_size_mb=8:malloc_context_size=10";
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

    if (!size || has_secret(data, size))
        return 0;
    set_up_once();
    fake_net_reset();
    n_sent = 0;
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
        do_record(agent, mode, &record);
    check(agent);
    agent_free(agent);
    return 0;
}
