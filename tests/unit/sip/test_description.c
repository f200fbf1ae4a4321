/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_mbuf.h>
#include <re_mem.h>

#include "sip/description.h"

#define HEAD "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"

static struct description it;

static void begin(const char *address)
{
    struct sa local;

    assert_int_equal(sa_set_str(&local, address, 4000), 0);
    description_init(&it, &local);
}

static int take(const char *text, bool is_offer)
{
    return description_take(&it, text, strlen(text), is_offer);
}

static const char *written(int err, struct mbuf *mb)
{
    static char text[4000];

    assert_int_equal(err, 0);
    (void)snprintf(text, sizeof(text), "%.*s", (int)mb->end, (const char *)mb->buf);
    mem_deref(mb);
    return text;
}

static const char *offer(void)
{
    struct mbuf *mb = NULL;
    int err = description_offer(&it, &mb);

    return written(err, mb);
}

static const char *answer(void)
{
    struct mbuf *mb = NULL;
    int err = description_answer(&it, &mb);

    return written(err, mb);
}

static void assert_has(const char *text, const char *part)
{
    assert_non_null(strstr(text, part));
}

static void assert_rtp(const char *rtp, const char *rtcp)
{
    char text[64];

    assert_true(re_snprintf(text, sizeof(text), "%J", &it.rtp) > 0);
    assert_string_equal(text, rtp);
    assert_true(re_snprintf(text, sizeof(text), "%J", &it.rtcp) > 0);
    assert_string_equal(text, rtcp);
}

static void test_offer(void **state)
{
    unsigned id = 0, version = 0;
    char expect[1000];

    (void)state;
    begin("127.0.0.1");
    assert_int_equal(sscanf(offer(), "v=0\r\no=- %u %u ", &id, &version), 2);
    (void)snprintf(expect, sizeof(expect),
                   "v=0\r\no=- %u %u IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                   "m=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\n"
                   "a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
                   "a=fmtp:101 0-16\r\na=ptime:20\r\na=rtcp:4001\r\na=sendrecv\r\n",
                   id, version + 1);
    assert_string_equal(offer(), expect);
}

static void test_offer_by_ipv6(void **state)
{
    (void)state;
    begin("2001:db8::1");
    assert_has(offer(), "c=IN IP6 2001:db8::1\r\n");
    assert_int_equal(take("v=0\r\nc=IN IP6 2001:db8::2\r\nm=audio 5004 RTP/AVP 8\r\n", false), 0);
    assert_rtp("[2001:db8::2]:5004", "[2001:db8::2]:5005");
    assert_int_equal(take(HEAD "m=audio 5004 RTP/AVP 8\r\n", true), ENOTSUP);
}

static void test_public_address(void **state)
{
    struct sa mapped;

    (void)state;
    begin("10.0.0.1");
    assert_int_equal(sa_set_str(&mapped, "203.0.113.5", 61000), 0);
    description_set_local(&it, &mapped);
    assert_has(offer(), "c=IN IP4 203.0.113.5\r\n");
    assert_has(offer(), "m=audio 61000 ");
    assert_has(offer(), "a=rtcp:61001\r\n");
}

static void test_answer_chooses(void **state)
{
    struct audio_stream stream;

    (void)state;
    begin("127.0.0.1");
    assert_int_equal(take(HEAD
                          "m=audio 5004 RTP/AVP 9 0 8 96\r\na=rtpmap:96 telephone-event/8000\r\n"
                          "a=ptime:30\r\na=rtcp:6000 IN IP4 192.0.2.9\r\n",
                          true),
                     0);
    assert_rtp("192.0.2.1:5004", "192.0.2.9:6000");
    description_stream(&it, &stream);
    assert_int_equal(stream.codec, AUDIO_PCMU);
    assert_int_equal(stream.payload_types[AUDIO_PCMU], 0);
    assert_int_equal(stream.payload_types[AUDIO_PCMA], 8);
    assert_int_equal(stream.dtmf_payload_type, 96);
    assert_int_equal(stream.ptime_ms, 30);
    assert_true(stream.is_sending && stream.is_receiving);
    assert_has(answer(), "m=audio 4000 RTP/AVP 0 8 96\r\na=rtpmap:0 PCMU/8000\r\n");
    assert_has(answer(), "a=fmtp:96 0-16\r\n");
}

static void test_numbers_of_their_own(void **state)
{
    struct audio_stream stream;

    (void)state;
    begin("127.0.0.1");
    assert_int_equal(take(HEAD "m=audio 5004 RTP/AVP 97 98\r\na=rtpmap:97 pcma/8000\r\n"
                               "a=rtpmap:98 Telephone-Event/8000\r\n",
                          true),
                     0);
    description_stream(&it, &stream);
    assert_int_equal(stream.codec, AUDIO_PCMA);
    assert_int_equal(stream.payload_types[AUDIO_PCMA], 97);
    assert_int_equal(stream.dtmf_payload_type, 98);
    assert_has(answer(), "m=audio 4000 RTP/AVP 97 98\r\na=rtpmap:97 PCMA/8000\r\n");

    /* of an answer: what they send us has the number that we have offered */
    begin("127.0.0.1");
    assert_int_equal(
        take(HEAD "m=audio 5004 RTP/AVP 8 96\r\na=rtpmap:96 telephone-event/8000\r\n", false), 0);
    assert_int_equal(it.dtmf_payload_type, 101);
    assert_int_equal(take(HEAD "m=audio 5004 RTP/AVP 8\r\n", false), 0);
    assert_int_equal(it.dtmf_payload_type, -1);
    /* and of another rate it is of no use */
    assert_int_equal(
        take(HEAD "m=audio 5004 RTP/AVP 8 96\r\na=rtpmap:96 telephone-event/48000\r\n", true), 0);
    assert_int_equal(it.dtmf_payload_type, -1);
}

static void test_other_media_are_refused_in_their_place(void **state)
{
    const char *text;

    (void)state;
    begin("127.0.0.1");
    assert_int_equal(take(HEAD "m=video 6000 RTP/AVP 99\r\na=rtpmap:99 H264/90000\r\n"
                               "m=audio 5004 RTP/AVP 8\r\nm=audio 5008 RTP/AVP 8\r\n"
                               "m=application 7000 TCP/BFCP 1\r\n",
                          true),
                     0);
    text = answer();
    assert_has(text, "m=video 0 RTP/AVP 0\r\nm=audio 4000 RTP/AVP 8\r\n");
    assert_has(text, "a=sendrecv\r\nm=audio 0 RTP/AVP 0\r\nm=application 0 TCP/BFCP 0\r\n");
    assert_rtp("192.0.2.1:5004", "192.0.2.1:5005");
    /* an offer of ours later keeps the places */
    assert_has(offer(), "m=video 0 RTP/AVP 0\r\nm=audio 4000 RTP/AVP 8 0 101\r\n");
}

static void test_directions(void **state)
{
    static const struct direction {
        const char *theirs;
        const char *ours;
        bool is_held;
    } directions[] = {
        {"sendrecv", "a=sendrecv\r\n", false},
        {"sendonly", "a=recvonly\r\n", true},
        {"recvonly", "a=sendonly\r\n", false},
        {"inactive", "a=inactive\r\n", true},
    };
    char text[500];

    (void)state;
    for (size_t i = 0; i < sizeof(directions) / sizeof(directions[0]); i++) {
        begin("127.0.0.1");
        assert_false(description_is_held(&it));
        (void)snprintf(text, sizeof(text), HEAD "m=audio 5004 RTP/AVP 8\r\na=%s\r\n",
                       directions[i].theirs);
        assert_int_equal(take(text, true), 0);
        assert_has(answer(), directions[i].ours);
        assert_int_equal(description_is_held(&it), directions[i].is_held);
        (void)snprintf(text, sizeof(text), HEAD "a=%s\r\nm=audio 5004 RTP/AVP 8\r\n",
                       directions[i].theirs);
        assert_int_equal(take(text, true), 0);
        assert_has(answer(), directions[i].ours);
    }
    assert_int_equal(take("v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 5004 RTP/AVP 8\r\n", true), 0);
    assert_true(description_is_held(&it));
    assert_true(it.may_receive);
}

static void test_ptime(void **state)
{
    static const struct ptime {
        const char *text;
        unsigned ms;
    } ptimes[] = {{"10", 10}, {"60", 60}, {"25", 20},
                  {"70", 20}, {"0", 20},  {"-1", 20},
                  {"", 20},   {"x", 20},  {"99999999999999999999", 20}};
    char text[500];

    (void)state;
    for (size_t i = 0; i < sizeof(ptimes) / sizeof(ptimes[0]); i++) {
        begin("127.0.0.1");
        (void)snprintf(text, sizeof(text), HEAD "m=audio 5004 RTP/AVP 8\r\na=ptime:%s\r\n",
                       ptimes[i].text);
        assert_int_equal(take(text, true), 0);
        assert_int_equal(it.ptime_ms, ptimes[i].ms);
    }
}

static void test_bad_ones_change_nothing(void **state)
{
    static const struct bad {
        const char *text;
        int err;
    } bad[] = {
        {"", EBADMSG},
        {"v=1\r\n", EBADMSG},
        {"nonsense", EBADMSG},
        {HEAD, ENOTSUP},
        {HEAD "m=audio 5004 RTP/AVP 9\r\n", ENOTSUP},
        {HEAD "m=audio 5004 RTP/SAVP 8\r\n", ENOTSUP},
        {HEAD "m=audio 0 RTP/AVP 8\r\n", ENOTSUP},
        {HEAD "m=video 5004 RTP/AVP 8\r\n", ENOTSUP},
        {"v=0\r\nm=audio 5004 RTP/AVP 8\r\n", ENOTSUP},
        {"v=0\r\nc=IN IP4 phone.test\r\nm=audio 5004 RTP/AVP 8\r\n", ENOTSUP},
        {"v=0\r\nc=IN IP6 2001:db8::1\r\nm=audio 5004 RTP/AVP 8\r\n", ENOTSUP},
        {HEAD "m=audio 5004 RTP/AVP 8\r\na=rtcp:x\r\n", EBADMSG},
        {HEAD "m=audio\r\n", EBADMSG},
        {HEAD "m=audio 5004 RTP/AVP 8\r\nm=video 1 R\001TP 8\r\n", ENOTSUP},
    };
    struct description before;

    (void)state;
    begin("127.0.0.1");
    assert_int_equal(take(HEAD "m=audio 5004 RTP/AVP 8\r\n", true), 0);
    before = it;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int err = take(bad[i].text, true);

        if (err != bad[i].err)
            fail_msg("%zu: %d", i, err);
        assert_memory_equal(&it, &before, sizeof(it));
    }
}

static void test_no_line_end_at_the_end(void **state)
{
    (void)state;
    begin("127.0.0.1");
    assert_int_equal(take("v=0\nc=IN IP4 192.0.2.1\nm=audio 5004 RTP/AVP 8", true), 0);
}

static void test_limits(void **state)
{
    static char text[DESCRIPTION_MAX_LEN + 2];
    size_t head = strlen(HEAD "m=audio 5004 RTP/AVP 8\r\n");

    (void)state;
    begin("127.0.0.1");
    memcpy(text, HEAD "m=audio 5004 RTP/AVP 8\r\n", head);
    for (size_t i = head; i + 2 < sizeof(text); i += 100) /* long lines, but not many */
        (void)snprintf(text + i, sizeof(text) - i, "a=%097d\n", 0);
    assert_int_equal(description_take(&it, text, DESCRIPTION_MAX_LEN, true), 0);
    assert_int_equal(description_take(&it, text, DESCRIPTION_MAX_LEN + 1, true), EBADMSG);

    (void)snprintf(text, sizeof(text), HEAD "m=audio 5004 RTP/AVP 8\r\na=%0*d\r\n",
                   DESCRIPTION_MAX_LINE - 2, 0);
    assert_int_equal(take(text, true), 0);
    (void)snprintf(text, sizeof(text), HEAD "m=audio 5004 RTP/AVP 8\r\na=%0*d\r\n",
                   DESCRIPTION_MAX_LINE - 1, 0);
    assert_int_equal(take(text, true), EBADMSG);

    (void)snprintf(text, sizeof(text), HEAD "m=audio 5004 RTP/AVP 8\r\n");
    for (unsigned i = 6; i < DESCRIPTION_MAX_LINES; i++)
        (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "a=x\r\n");
    assert_int_equal(take(text, true), 0);
    (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "a=x\r\n");
    assert_int_equal(take(text, true), EBADMSG);

    (void)snprintf(text, sizeof(text), HEAD "m=audio 5004 RTP/AVP 8\r\n");
    for (unsigned i = 1; i < DESCRIPTION_MAX_MEDIA; i++)
        (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "m=video 1 RTP/AVP 9\r\n");
    assert_int_equal(take(text, true), 0);
    (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "m=video 1 RTP/AVP 9\r\n");
    assert_int_equal(take(text, true), ENOTSUP);

    assert_int_equal(take(HEAD "m=audio 5004 RTP/AVP 8\r\nm=video 1 "
                               "RTP/AVPRTP/AVPRTP/AVPRTP/AVPRTP/AVP 9\r\n",
                          true),
                     ENOTSUP);
    assert_int_equal(description_check("v=0\r\n\0", 6), EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_offer),
        cmocka_unit_test(test_offer_by_ipv6),
        cmocka_unit_test(test_public_address),
        cmocka_unit_test(test_answer_chooses),
        cmocka_unit_test(test_numbers_of_their_own),
        cmocka_unit_test(test_other_media_are_refused_in_their_place),
        cmocka_unit_test(test_directions),
        cmocka_unit_test(test_ptime),
        cmocka_unit_test(test_bad_ones_change_nothing),
        cmocka_unit_test(test_no_line_end_at_the_end),
        cmocka_unit_test(test_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
