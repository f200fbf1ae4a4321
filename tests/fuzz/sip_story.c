/* SPDX-License-Identifier: MIT */
#include "sip_story.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hand_clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "fake_net.h"

enum { STUN_ID_AT = 8, STUN_ID_LEN = 12, STEP_MS = 5000, MAX_HEARD = 128 * 1024 };

static struct {
    char request[FAKE_NET_MAX_SENT + 1]; /* the last one of ours */
    char answer[FAKE_NET_MAX_SENT + 1];  /* our last one to an INVITE */
    uint8_t stun_id[STUN_ID_LEN];
    unsigned n_sent;
    char heard[MAX_HEARD]; /* of the server, one after the other, as TCP comes in pieces; and our
                              own Call-IDs */
    size_t heard_len;
    bool is_strangers, is_strangers_invite;
} story;

/* Each input makes and frees an account: AddressSanitizer would keep 256 MiB of such, always
 * touching pages that are not in the cache. 8 MiB are still many inputs. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "quarantine_size_mb=8:malloc_context_size=10";
}

void sip_story_set_up(void)
{
    hand_clock_stand();
    (void)unsetenv("SSL_CERT_FILE"); /* would be read for each input */
    log_set_level(LOG_LEVEL_ERROR);
    if (loop_init())
        abort();
}

/* The value of the first header with this name, which ends with ": ". Returns its length. */
static size_t put_header(const char *text, const char *name, char *buf, size_t size)
{
    size_t name_len = strlen(name), len;

    for (const char *line = strstr(text, "\r\n"); line; line = strstr(line + 2, "\r\n")) {
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

void sip_story_note(const char *text, size_t len)
{
    size_t left = sizeof(story.heard) - story.heard_len;

    if (len > left)
        len = left;
    memcpy(story.heard + story.heard_len, text, len);
    story.heard_len += len;
}

static bool has(const uint8_t *data, size_t len, const char *what)
{
    return memmem(data, len, what, strlen(what));
}

/* Digests go to the server only: passwords can be guessed from them. A REGISTER may be redirected
 * to another port there, a call not. At the beginning of a line: in a URI it may be the input. */
static void check_request(const uint8_t *data, size_t len)
{
    if (has(data, len, "\r\nAuthorization: ") || has(data, len, "\r\nProxy-Authorization: "))
        fuzz_must(fake_net_is_to_server(!memcmp(data, "REGISTER ", 9)));
}

/* An INVITE of who may not call us gets none, unless he has its Call-ID from a call that is or was.
 */
static void check_answer(const char *text)
{
    char call_id[512];
    size_t len = put_header(text, "Call-ID: ", call_id, sizeof(call_id));

    fuzz_must(!story.is_strangers_invite || fake_net_is_to_server(true) ||
              sip_story_is_stranger_known() || memmem(story.heard, story.heard_len, call_id, len));
}

static void take_answer(const uint8_t *data, size_t len)
{
    static char text[FAKE_NET_MAX_SENT + 1];
    char cseq[32];
    size_t n;

    memcpy(text, data, len);
    text[len] = '\0';
    check_answer(text);
    n = put_header(text, "CSeq: ", cseq, sizeof(cseq));
    if (n >= 7 && !memcmp(cseq + n - 7, " INVITE", 7))
        memcpy(story.answer, text, len + 1);
}

static void take_request(const uint8_t *data, size_t len)
{
    char call_id[512];

    check_request(data, len);
    memcpy(story.request, data, len);
    story.request[len] = '\0';
    sip_story_note(call_id, put_header(story.request, "Call-ID: ", call_id, sizeof(call_id)));
}

static void on_sent(const uint8_t *data, size_t len)
{
    fuzz_must(!memmem(data, len, SIP_STORY_SECRET, strlen(SIP_STORY_SECRET)));
    story.n_sent++;
    if (len >= STUN_ID_AT + STUN_ID_LEN && data[0] == 0) {
        memcpy(story.stun_id, data + STUN_ID_AT, STUN_ID_LEN);
    } else if (len > 9 && !memcmp(data, "SIP/2.0 ", 8)) {
        take_answer(data, len);
    } else if (len > 9 && isupper(data[0])) {
        take_request(data, len);
    }
}

/* ---- words ---- */

/* Returns the length of what was put; *ret_is_known: the letter stands for something. */
static size_t put_word(char letter, char *buf, size_t size, bool *ret_is_known)
{
    static const char letters[] = "VFTCQ";
    static const char *const names[] = {"Via: ", "From: ", "To: ", "Call-ID: ", "CSeq: "};
    const char *at = letter ? strchr(letters, toupper((unsigned char)letter)) : NULL;
    size_t len;

    *ret_is_known = at || letter == 'I' || letter == 'n';
    if (at)
        return put_header(isupper((unsigned char)letter) ? story.request : story.answer,
                          names[at - letters], buf, size);
    if (letter == 'n') {
        len = put_header(story.request, "CSeq: ", buf, size);
        for (size_t i = 0; i < len; i++) {
            if (!isdigit((unsigned char)buf[i]))
                return i;
        }
        return len;
    }
    if (letter != 'I' || size < STUN_ID_LEN)
        return 0;
    memcpy(buf, story.stun_id, STUN_ID_LEN);
    return STUN_ID_LEN;
}

static size_t expand(const struct fuzz_record *record, char buf[SIP_STORY_MAX_MESSAGE])
{
    size_t len = 0;

    for (size_t i = 0; i < record->len && len < SIP_STORY_MAX_MESSAGE; i++) {
        bool is_known = false;

        if (record->data[i] == '$' && i + 1 < record->len)
            len += put_word((char)record->data[i + 1], buf + len, SIP_STORY_MAX_MESSAGE - len,
                            &is_known);
        if (is_known)
            i++;
        else
            buf[len++] = (char)record->data[i];
    }
    return len;
}

/* ---- records ---- */

static void wait(char digit)
{
    uint64_t ms = 1;

    for (; digit > '0' && digit <= '6'; digit--)
        ms *= 10;
    while (ms && story.n_sent < SIP_STORY_MAX_WAITED) {
        uint64_t step_ms = ms < STEP_MS ? ms : STEP_MS;

        fake_net_advance_ms(step_ms);
        ms -= step_ms;
    }
}

static void play_data(char kind, const char *text, size_t len)
{
    story.is_strangers = kind == 'S' || kind == 'A';
    story.is_strangers_invite = kind == 'S' && len > 7 && !memcmp(text, "INVITE ", 7);
    if (!story.is_strangers)
        sip_story_note(text, len);
    if (kind == 'T' || kind == 'A')
        fake_net_stream(kind == 'T' ? FAKE_NET_SERVER : FAKE_NET_STRANGER, text, len);
    else
        fake_net_datagram(kind == 'S' ? FAKE_NET_STRANGER : FAKE_NET_SERVER, text, len);
    fake_net_advance_ms(0);
    story.is_strangers = story.is_strangers_invite = false;
}

bool sip_story_play(const struct fuzz_record *record)
{
    static char text[SIP_STORY_MAX_MESSAGE];
    size_t len;

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
    case 'W':
        wait(record->len ? (char)record->data[0] : '0');
        break;
    case 'U':
    case 'S':
    case 'T':
    case 'A':
        len = expand(record, text);
        if (!sip_story_has_secret((const uint8_t *)text, len))
            play_data(record->kind, text, len);
        break;
    default:
        return false;
    }
    fake_net_advance_ms(0);
    return true;
}

void sip_story_register(bool by_tcp)
{
    static const char answer[] =
        "SIP/2.0 200 OK\r\nVia: $V\r\nFrom: $F\r\nTo: $T;tag=r\r\nCall-ID: $C\r\nCSeq: $Q\r\n"
        "Expires: 60\r\nContent-Length: 0\r\n\r\n";
    const struct fuzz_record record = {
        .kind = by_tcp ? 'T' : 'U',
        .data = (const uint8_t *)answer,
        .len = strlen(answer),
    };

    if (by_tcp)
        fake_net_connected();
    (void)sip_story_play(&record);
}

void sip_story_begin(void)
{
    fake_net_reset();
    fake_net_on_sent(on_sent);
    story.request[0] = story.answer[0] = '\0';
    story.n_sent = 0;
    story.heard_len = 0;
    story.is_strangers = story.is_strangers_invite = false;
}

/* ---- questions ---- */

/* Half of it is enough to refuse: an input comes in pieces. */
bool sip_story_has_secret(const uint8_t *data, size_t size)
{
    return data && (memmem(data, size, "planted", 7) || memmem(data, size, "-secret", 7));
}

bool sip_story_is_strangers(void)
{
    return story.is_strangers;
}

bool sip_story_is_stranger_known(void)
{
    return story.heard_len == sizeof(story.heard) ||
           memmem(story.heard, story.heard_len, FAKE_NET_STRANGER_IP, strlen(FAKE_NET_STRANGER_IP));
}

void sip_story_check_text(const char *text, size_t size)
{
    size_t len = strnlen(text, size);

    fuzz_must(len < size);
    fuzz_must(!strstr(text, SIP_STORY_SECRET));
    for (size_t i = 0; i < len; i++)
        fuzz_must((unsigned char)text[i] >= 0x20 && (unsigned char)text[i] < 0x7f);
}
