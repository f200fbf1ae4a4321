/* SPDX-License-Identifier: MIT */
/* Sound over loopback sockets in real time: two ends of a call, or one and a peer made here. */
#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <re_types.h>
#include <re_sa.h>

#include "base/loop.h"
#include "base/loop_until.h"
#include "base/real_time.h"
#include "media/audio.h"
#include "media/g711.h"
#include "media/heard.h"
#include "media/rtcp_packet.h"
#include "media/rtp_packet.h"
#include "media/sound.h"
#include "sip/stun_server.h"

enum { DTMF_TYPE = 101, FRAME = 160 };

struct end {
    struct sound *sound;
    struct audio *audio;
    struct sa local;
    char wav[64];
    char digits[20];
    unsigned n_dead;
};

static struct heard heard;

static void on_digit(char digit, void *arg)
{
    struct end *end = arg;
    size_t n = strlen(end->digits);

    assert_true(n + 1 < sizeof(end->digits));
    end->digits[n] = digit;
}

static void on_dead(void *arg)
{
    struct end *end = arg;

    end->n_dead++;
}

static void make_end(struct end *end, const char *microphone, const char *address)
{
    char loudspeaker[80];
    struct sa local;
    int fd;

    memset(end, 0, sizeof(*end));
    (void)snprintf(end->wav, sizeof(end->wav), "/tmp/portero-heard-XXXXXX");
    fd = mkostemp(end->wav, O_CLOEXEC);
    assert_true(fd >= 0);
    (void)close(fd);
    (void)snprintf(loudspeaker, sizeof(loudspeaker), "sim:%s", end->wav);
    assert_int_equal(sound_new(microphone, loudspeaker, &end->sound), 0);
    assert_int_equal(sa_set_str(&local, address, 0), 0);
    const struct audio_config config = {
        .sound = end->sound, .local = &local, .handlers = {on_digit, on_dead, end}};
    assert_int_equal(audio_new(&config, &end->audio), 0);
    audio_local(end->audio, &end->local);
    assert_int_equal(sa_port(&end->local) % 2, 0);
    assert_in_range(sa_port(&end->local), SOUND_MIN_PORT, SOUND_MAX_PORT);
}

static void free_end(struct end *end)
{
    end->audio = audio_free(end->audio);
    sound_free(end->sound);
    (void)unlink(end->wav);
}

/* What end is to do with the one at address. */
static struct audio_stream stream_to(const struct sa *rtp, struct sa *ret_rtcp)
{
    *ret_rtcp = *rtp;
    sa_set_port(ret_rtcp, (uint16_t)(sa_port(rtp) + 1));
    return (struct audio_stream){.rtp = rtp,
                                 .rtcp = ret_rtcp,
                                 .codec = AUDIO_PCMA,
                                 .payload_types = {0, 8},
                                 .dtmf_payload_type = DTMF_TYPE,
                                 .ptime_ms = AUDIO_PTIME_MS,
                                 .is_sending = true,
                                 .is_receiving = true};
}

static void start_to(struct end *end, const struct sa *rtp)
{
    struct sa rtcp;
    struct audio_stream stream = stream_to(rtp, &rtcp);

    assert_int_equal(audio_start(end->audio, &stream), 0);
}

static void assert_near(double value, double wanted, double by)
{
    if (value < wanted - by || value > wanted + by)
        fail_msg("%f is not %f", value, wanted);
}

/* The machine may be busy: what that can cost is allowed for, but no more. */
enum { TALK_MS = 1300, MAX_LATE = 5, MAX_GAPS = 10, STALL_MS = 150 };

static uint64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void talk(enum audio_codec codec, unsigned ptime_ms, const char *address)
{
    struct end a, b;
    struct audio_stats stats;
    struct audio_stream stream;
    struct sa rtcp;
    uint64_t begin_ms = now_ms();

    make_end(&a, "sim", address);
    make_end(&b, "sim:tone=1000,-30", address);
    stream = stream_to(&b.local, &rtcp);
    stream.codec = codec;
    stream.ptime_ms = ptime_ms;
    assert_int_equal(audio_start(a.audio, &stream), 0);
    stream = stream_to(&a.local, &rtcp);
    stream.codec = codec;
    stream.ptime_ms = ptime_ms;
    assert_int_equal(audio_start(b.audio, &stream), 0);
    loop_for_ms(TALK_MS);
    audio_stats(a.audio, &stats);
    assert_in_range(stats.sent, (TALK_MS - STALL_MS) / ptime_ms, (now_ms() - begin_ms) / ptime_ms);
    assert_in_range(stats.received, (TALK_MS - 2 * STALL_MS) / ptime_ms,
                    (now_ms() - begin_ms) / ptime_ms);
    assert_in_range(stats.lost + stats.late, 0, MAX_LATE);
    assert_int_equal(stats.level_in_dbov, -20);
    assert_in_range(stats.delay_ms, 1, 200);
    assert_in_range(stats.send_delay_us, ptime_ms * 1000, (ptime_ms + STALL_MS) * 1000);
    assert_true(stats.first_sent_us && stats.first_received_us && !stats.is_device_lost);
    audio_stats(b.audio, &stats);
    assert_in_range(-stats.level_out_dbov, 19, 23); /* it began within that second */
    a.audio = audio_free(a.audio);
    b.audio = audio_free(b.audio);

    heard_read(&heard, b.wav);
    assert_true(heard.n > 8000);
    assert_near(heard_tone_dbov(&heard, 440), -20, 1);
    assert_near(heard_dbov(&heard), -20, 1);
    assert_true(heard_tone_dbov(&heard, 1000) < -50);
    assert_in_range(heard_gaps(&heard), 0, MAX_GAPS);
    heard_read(&heard, a.wav);
    assert_true(heard.n > 8000);
    assert_near(heard_tone_dbov(&heard, 1000), -30, 1);
    assert_in_range(heard_gaps(&heard), 0, MAX_GAPS);
    free_end(&a);
    free_end(&b);
}

static void test_sound_goes_both_ways(void **state)
{
    (void)state;
    talk(AUDIO_PCMA, 20, "127.0.0.1");
    talk(AUDIO_PCMU, 20, "127.0.0.1");
}

static void test_sound_goes_both_ways_by_ipv6(void **state)
{
    (void)state;
    talk(AUDIO_PCMA, 20, "::1");
}

static void test_packets_of_10_and_of_30_ms(void **state)
{
    (void)state;
    talk(AUDIO_PCMA, 10, "127.0.0.1");
    talk(AUDIO_PCMU, 30, "127.0.0.1");
}

static void test_hold_is_silence_and_goes_on_after(void **state)
{
    struct end a, b;
    struct audio_stream stream;
    struct audio_stats before, after;
    struct sa rtcp;

    (void)state;
    make_end(&a, "sim", "127.0.0.1");
    make_end(&b, "none", "127.0.0.1");
    start_to(&a, &b.local);
    start_to(&b, &a.local);
    loop_for_ms(400);
    stream = stream_to(&b.local, &rtcp);
    stream.is_sending = stream.is_receiving = false;
    assert_int_equal(audio_start(a.audio, &stream), 0);
    loop_for_ms(100);
    audio_stats(a.audio, &before);
    loop_for_ms(300);
    audio_stats(a.audio, &after);
    assert_int_equal(before.sent, after.sent);
    start_to(&a, &b.local);
    loop_for_ms(500);
    audio_stats(a.audio, &after);
    assert_in_range(after.sent, before.sent + 15, before.sent + 40);
    b.audio = audio_free(b.audio);
    heard_read(&heard, b.wav);
    /* 400 ms are missing; the begin of them is filled in */
    assert_in_range(heard_gaps(&heard), 25, 45);
    assert_near(heard_tone_dbov(&heard, 440), -24, 2.5);
    free_end(&a);
    free_end(&b);
}

static void test_volume_and_gain(void **state)
{
    struct end a, b;

    (void)state;
    make_end(&a, "sim", "127.0.0.1");
    make_end(&b, "sim", "127.0.0.1");
    sound_set_gain(a.sound, 5);
    sound_set_volume(b.sound, 4);
    sound_set_gain(b.sound, 0);
    start_to(&a, &b.local);
    start_to(&b, &a.local);
    loop_for_ms(600);
    a.audio = audio_free(a.audio);
    b.audio = audio_free(b.audio);
    heard_read(&heard, b.wav);
    assert_near(heard_tone_dbov(&heard, 440), -38, 1);
    heard_read(&heard, a.wav);
    assert_int_equal(heard.n, 0);
    free_end(&a);
    free_end(&b);
}

/* A phone made here. */
struct phone {
    int fd;
    struct sa local;
    uint32_t ssrc, timestamp;
    uint16_t sequence;
};

static void make_phone(struct phone *phone, const char *address)
{
    memset(phone, 0, sizeof(*phone));
    assert_int_equal(sa_set_str(&phone->local, address, 0), 0);
    phone->fd = socket(phone->local.u.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(phone->fd >= 0);
    assert_int_equal(bind(phone->fd, &phone->local.u.sa, phone->local.len), 0);
    assert_int_equal(getsockname(phone->fd, &phone->local.u.sa, &phone->local.len), 0);
    phone->ssrc = (uint32_t)phone->fd * 7919;
}

static void send_packet(struct phone *phone, const struct sa *to, uint8_t type, bool has_marker,
                        const uint8_t *payload, size_t len)
{
    uint8_t data[RTP_PACKET_HEADER_LEN + FRAME];
    const struct rtp_packet packet = {.has_marker = has_marker,
                                      .payload_type = type,
                                      .sequence = phone->sequence++,
                                      .timestamp = phone->timestamp,
                                      .ssrc = phone->ssrc};

    assert_true(len <= FRAME);
    rtp_packet_write_header(&packet, data);
    memcpy(data + RTP_PACKET_HEADER_LEN, payload, len);
    assert_true(sendto(phone->fd, data, RTP_PACKET_HEADER_LEN + len, 0, &to->u.sa, to->len) > 0);
}

/* A square wave of 500 Hz: loud. */
static void send_sound(struct phone *phone, const struct sa *to)
{
    int16_t samples[FRAME];
    uint8_t payload[FRAME];

    for (int i = 0; i < FRAME; i++)
        samples[i] = i / 8 % 2 ? 8000 : -8000;
    g711_encode(G711_A_LAW, samples, FRAME, payload);
    send_packet(phone, to, 8, false, payload, FRAME);
    phone->timestamp += FRAME;
}

/* As phones send it: again and again, its end three times. */
static void send_digit(struct phone *phone, const struct sa *to, uint8_t event)
{
    for (unsigned i = 1; i <= 6; i++) {
        const uint8_t payload[4] = {event, (uint8_t)(i > 3 ? 0x8a : 0x0a), 0,
                                    (uint8_t)(160 * (i > 3 ? 4 : i) / 8)};

        send_packet(phone, to, DTMF_TYPE, false, payload, sizeof(payload));
    }
    phone->timestamp += 4 * FRAME;
}

static bool has_two_digits(void *arg)
{
    struct end *end = arg;

    return strlen(end->digits) >= 2;
}

static void test_digits_are_told_once_and_strangers_are_not_heard(void **state)
{
    struct phone phone, stranger;
    struct end end;

    (void)state;
    make_end(&end, "sim", "127.0.0.1");
    make_phone(&phone, "127.0.0.1");
    make_phone(&stranger, "127.0.0.1");
    start_to(&end, &phone.local);
    loop_for_ms(30);
    send_digit(&phone, &end.local, 1);
    send_digit(&stranger, &end.local, 9);
    for (int i = 0; i < 10; i++) {
        send_sound(&stranger, &end.local);
        loop_for_ms(20);
    }
    send_digit(&phone, &end.local, 11);
    assert_true(loop_until(has_two_digits, &end));
    loop_for_ms(50);
    assert_string_equal(end.digits, "1#");
    end.audio = audio_free(end.audio);
    heard_read(&heard, end.wav);
    assert_int_equal(heard.n, 0);
    (void)close(phone.fd);
    (void)close(stranger.fd);
    free_end(&end);
}

/* Behind a NAT the phone's packets come from elsewhere than it says, and ours must go there. */
static void test_sound_goes_to_where_it_comes_from(void **state)
{
    struct phone phone, told;
    struct end end;
    uint8_t data[RTP_PACKET_MAX_LEN];
    struct rtp_packet packet;
    ssize_t n;

    (void)state;
    make_end(&end, "sim", "127.0.0.1");
    make_phone(&phone, "127.0.0.2");
    make_phone(&told, "127.0.0.3");
    start_to(&end, &told.local);
    loop_for_ms(100);
    n = recv(told.fd, data, sizeof(data), MSG_DONTWAIT);
    assert_int_equal(n, RTP_PACKET_HEADER_LEN + FRAME);
    assert_int_equal(rtp_packet_read(data, (size_t)n, &packet), 0);
    assert_true(packet.has_marker);
    assert_int_equal(packet.payload_type, 8);
    send_sound(&phone, &end.local);
    loop_for_ms(100);
    n = recv(phone.fd, data, sizeof(data), MSG_DONTWAIT);
    assert_int_equal(n, RTP_PACKET_HEADER_LEN + FRAME);
    assert_int_equal(rtp_packet_read(data, (size_t)n, &packet), 0);
    assert_false(packet.has_marker);
    send_sound(&told, &end.local); /* whom we were told comes first */
    loop_for_ms(50);
    while (recv(phone.fd, data, sizeof(data), MSG_DONTWAIT) > 0)
        ;
    loop_for_ms(100);
    assert_true(recv(phone.fd, data, sizeof(data), MSG_DONTWAIT) < 0);
    (void)close(phone.fd);
    (void)close(told.fd);
    free_end(&end);
}

static void test_reports_are_sent_and_bye_at_the_end(void **state)
{
    struct phone rtp, rtcp;
    struct end end;
    struct sa unused;
    struct audio_stream stream;
    uint8_t data[RTP_PACKET_MAX_LEN];
    struct rtcp_report report;
    ssize_t n;

    (void)state;
    make_end(&end, "sim", "127.0.0.1");
    make_phone(&rtp, "127.0.0.1");
    make_phone(&rtcp, "127.0.0.1");
    stream = stream_to(&rtp.local, &unused);
    stream.rtcp = &rtcp.local;
    assert_int_equal(audio_start(end.audio, &stream), 0);
    for (int i = 0; i < 10; i++) {
        if (i != 5)
            send_sound(&rtp, &end.local);
        else
            rtp.sequence++;
        loop_for_ms(20);
    }
    loop_for_ms(2500);
    n = recv(rtcp.fd, data, sizeof(data), MSG_DONTWAIT);
    assert_true(n > 0);
    assert_int_equal(rtcp_packet_read(data, (size_t)n, rtp.ssrc, &report), 0);
    assert_true(report.is_sender && report.has_reception && !report.is_bye);
    assert_in_range(report.packets_sent, 110, 136);
    assert_int_equal(report.octets_sent, report.packets_sent * FRAME);
    assert_int_equal(report.reception.packets_lost, 1);
    assert_int_equal(report.reception.highest_sequence, 9);
    end.audio = audio_free(end.audio);
    n = recv(rtcp.fd, data, sizeof(data), MSG_DONTWAIT);
    assert_true(n > 0);
    assert_int_equal(rtcp_packet_read(data, (size_t)n, rtp.ssrc, &report), 0);
    assert_true(report.is_bye);
    (void)close(rtp.fd);
    (void)close(rtcp.fd);
    free_end(&end);
}

static void test_it_rings_until_sound_is_received(void **state)
{
    struct phone phone;
    struct end end;
    struct audio_stream stream;
    struct sa rtcp;

    (void)state;
    make_end(&end, "sim", "127.0.0.1");
    make_phone(&phone, "127.0.0.1");
    assert_int_equal(audio_ring(end.audio), 0);
    loop_for_ms(300);
    stream = stream_to(&phone.local, &rtcp);
    stream.is_early = true;
    assert_int_equal(audio_start(end.audio, &stream), 0);
    loop_for_ms(300);
    for (int i = 0; i < 15; i++) {
        send_sound(&phone, &end.local);
        loop_for_ms(20);
    }
    end.audio = audio_free(end.audio);
    heard_read(&heard, end.wav);
    assert_true(heard.n > 8 * 750);
    heard.n = 8 * 550;
    assert_near(heard_tone_dbov(&heard, 425), -20, 1);
    memmove(heard.samples, heard.samples + 8 * 700, 8 * 80 * sizeof(heard.samples[0]));
    heard.n = 8 * 50;
    assert_true(heard_tone_dbov(&heard, 500) > -14);
    assert_true(heard_tone_dbov(&heard, 425) < -22);
    (void)close(phone.fd);
    free_end(&end);
}

struct mapping {
    struct end *end;
    bool is_told, has_address;
    struct sa mapped;
};

static void on_mapped(const struct sa *mapped, void *arg)
{
    struct mapping *mapping = arg;

    mapping->is_told = true;
    mapping->has_address = mapped != NULL;
    if (mapped)
        mapping->mapped = *mapped;
    mapping->end->audio = audio_free(mapping->end->audio);
}

static bool is_told(void *arg)
{
    const struct mapping *mapping = arg;

    return mapping->is_told;
}

static void map(enum stun_say say, bool wants_address)
{
    struct stun_server server = {.say = 0};
    struct end end;
    struct mapping mapping = {.end = &end};
    struct sa address, wanted;

    stun_server_start(&server);
    server.say = say;
    make_end(&end, "sim", "127.0.0.1");
    assert_int_equal(sa_set_str(&address, "127.0.0.1", server.port), 0);
    assert_int_equal(sa_set_str(&wanted, "198.51.100.7", 40000), 0);
    assert_int_equal(audio_map(end.audio, &address, on_mapped, &mapping), 0);
    assert_int_equal(audio_map(end.audio, &address, on_mapped, &mapping), EBUSY);
    assert_true(loop_until(is_told, &mapping));
    assert_int_equal(mapping.has_address, wants_address);
    if (wants_address)
        assert_true(sa_cmp(&mapping.mapped, &wanted, SA_ALL));
    else
        assert_in_range(server.n_all, 3, 3);
    stun_server_stop(&server);
    free_end(&end);
}

static void test_the_public_address_is_asked_for(void **state)
{
    (void)state;
    map(STUN_SAY_XOR_MAPPED, true);
    map(STUN_SAY_MAPPED, true);
    map(STUN_SAY_BOTH, true);
    map(STUN_SAY_NOTHING, false);
    map(STUN_SAY_NO_ADDRESS, false);
    map(STUN_SAY_TO_ANOTHER, false);
    map(STUN_SAY_UNKNOWN, false);
}

static void test_starting_ends_the_asking(void **state)
{
    struct stun_server server = {.say = 0};
    struct end end;
    struct mapping mapping = {.end = &end};
    struct sa address;

    (void)state;
    stun_server_start(&server);
    server.say = STUN_SAY_NOTHING;
    make_end(&end, "sim", "127.0.0.1");
    assert_int_equal(sa_set_str(&address, "127.0.0.1", server.port), 0);
    assert_int_equal(audio_map(end.audio, &address, on_mapped, &mapping), 0);
    start_to(&end, &address);
    assert_false(mapping.is_told);
    loop_for_ms(20);
    assert_true(mapping.is_told && !mapping.has_address);
    stun_server_stop(&server);
    free_end(&end);
}

static void test_what_was_told_late_is_not_told(void **state)
{
    struct phone phone;
    struct end end;

    (void)state;
    make_end(&end, "sim", "127.0.0.1");
    make_phone(&phone, "127.0.0.1");
    start_to(&end, &phone.local);
    loop_for_ms(30);
    for (uint8_t i = 0; i < 9; i++)
        send_digit(&phone, &end.local, i);
    (void)usleep(50000); /* the thread posts; the loop stands */
    end.audio = audio_free(end.audio);
    loop_for_ms(20);
    assert_string_equal(end.digits, "");
    (void)close(phone.fd);
    free_end(&end);
}

static void test_what_cannot_be_is_refused(void **state)
{
    struct end end, none;
    struct audio_stream stream;
    struct audio_config config;
    struct audio_stats stats;
    struct audio *second = NULL;
    struct sa rtcp;

    (void)state;
    make_end(&end, "sim", "127.0.0.1");
    stream = stream_to(&end.local, &rtcp);
    for (unsigned ptime_ms = 0; ptime_ms < 100; ptime_ms++) {
        stream.ptime_ms = ptime_ms;
        if (ptime_ms == 0 || ptime_ms > 60 || ptime_ms % 10)
            assert_int_equal(audio_start(end.audio, &stream), EINVAL);
    }
    stream = stream_to(&end.local, &rtcp);
    stream.codec = (enum audio_codec)2;
    assert_int_equal(audio_start(end.audio, &stream), EINVAL);
    audio_stats(end.audio, &stats);
    assert_int_equal(stats.sent, 0);
    assert_int_equal(stats.level_out_dbov, -127);
    config = (struct audio_config){.sound = end.sound, .local = &end.local};
    assert_int_equal(audio_new(&config, &second), EADDRINUSE);
    assert_int_equal(sound_set_ports(end.sound, sa_port(&end.local), /* the only pair is taken */
                                     (uint16_t)(sa_port(&end.local) + 2)),
                     0);
    none.local = end.local;
    sa_set_port(&none.local, 0);
    config.local = &none.local;
    assert_int_equal(audio_new(&config, &second), EADDRINUSE);
    config.sound = NULL;
    assert_int_equal(audio_new(&config, &second), EINVAL);
    assert_null(audio_free(NULL));
    free_end(&end);
}

static int set_up(void **state)
{
    (void)state;
    return loop_init();
}

static int tear_down(void **state)
{
    (void)state;
    loop_done();
    return 0;
}

static int run(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sound_goes_both_ways),
        cmocka_unit_test(test_sound_goes_both_ways_by_ipv6),
        cmocka_unit_test(test_packets_of_10_and_of_30_ms),
        cmocka_unit_test(test_hold_is_silence_and_goes_on_after),
        cmocka_unit_test(test_volume_and_gain),
        cmocka_unit_test(test_digits_are_told_once_and_strangers_are_not_heard),
        cmocka_unit_test(test_sound_goes_to_where_it_comes_from),
        cmocka_unit_test(test_reports_are_sent_and_bye_at_the_end),
        cmocka_unit_test(test_it_rings_until_sound_is_received),
        cmocka_unit_test(test_the_public_address_is_asked_for),
        cmocka_unit_test(test_starting_ends_the_asking),
        cmocka_unit_test(test_what_was_told_late_is_not_told),
        cmocka_unit_test(test_what_cannot_be_is_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}

int main(void)
{
    return real_time_run(run);
}
