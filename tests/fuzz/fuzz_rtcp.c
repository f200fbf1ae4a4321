/* SPDX-License-Identifier: MIT */
/* An RTCP compound of anybody. What is understood says the same again when it is written, and
 * writing keeps within its buffer. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "media/rtcp_packet.h"

enum { OWN = 0x01020304 };

static void must_be_same(const struct rtcp_report *a, const struct rtcp_report *b)
{
    fuzz_must(a->ssrc == b->ssrc && a->is_sender == b->is_sender && a->is_bye == b->is_bye &&
              a->has_reception == b->has_reception);
    fuzz_must(a->ntp_time == b->ntp_time && a->rtp_time == b->rtp_time &&
              a->packets_sent == b->packets_sent && a->octets_sent == b->octets_sent);
    fuzz_must(a->reception.ssrc == b->reception.ssrc &&
              a->reception.fraction_lost == b->reception.fraction_lost &&
              a->reception.packets_lost == b->reception.packets_lost &&
              a->reception.highest_sequence == b->reception.highest_sequence &&
              a->reception.jitter == b->reception.jitter &&
              a->reception.last_report == b->reception.last_report &&
              a->reception.since_report == b->reception.since_report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct rtcp_report untouched = {.ssrc = 0x12345678};
    struct rtcp_report report = untouched, again;
    char cname[RTCP_PACKET_MAX_CNAME + 2];
    size_t cname_len = size % sizeof(cname), len;
    uint8_t *buf = malloc(RTCP_PACKET_MAX_LEN), *exact;

    if (!buf)
        abort();
    if (rtcp_packet_read(data, size, OWN, &report)) {
        must_be_same(&report, &untouched);
        goto out;
    }
    fuzz_must(size >= 8 && size % 4 == 0);
    if (report.has_reception)
        fuzz_must(report.reception.ssrc == OWN && report.reception.packets_lost >= -0x800000 &&
                  report.reception.packets_lost <= 0x7fffff);

    memset(cname, 'x', sizeof(cname));
    cname[cname_len] = '\0';
    len = rtcp_packet_write(&report, cname, buf, RTCP_PACKET_MAX_LEN);
    fuzz_must(!len == (cname_len > RTCP_PACKET_MAX_CNAME));
    if (!len)
        goto out;
    fuzz_must(!rtcp_packet_read(buf, len, OWN, &again));
    must_be_same(&report, &again);
    exact = malloc(len);
    if (!exact)
        abort();
    fuzz_must(rtcp_packet_write(&report, cname, exact, len - 1) == 0);
    fuzz_must(rtcp_packet_write(&report, cname, exact, len) == len && !memcmp(exact, buf, len));
    free(exact);

out:
    free(buf);
    return 0;
}
