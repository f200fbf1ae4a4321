/* SPDX-License-Identifier: MIT */
#include "media/rtcp_packet.h"

#include <errno.h>
#include <string.h>

#include "media/bytes.h"

enum {
    VERSION = 2,
    TYPE_SR = 200,
    TYPE_RR = 201,
    TYPE_SDES = 202,
    TYPE_BYE = 203,
    ITEM_CNAME = 1,

    HEADER_LEN = 4, /* of each packet in a compound */
    SSRC_LEN = 4,
    SENDER_LEN = 20,
    BLOCK_LEN = 24,

    LOST_MAX = 0x7fffff, /* 24 bits, signed */
    LOST_MIN = -0x800000,
};

/* len: of the whole packet, a multiple of 4. */
static uint8_t *put_header(uint8_t *data, unsigned count, uint8_t type, size_t len)
{
    data[0] = (uint8_t)(VERSION << 6 | count);
    data[1] = type;
    data[2] = (uint8_t)((len / 4 - 1) >> 8);
    data[3] = (uint8_t)(len / 4 - 1);
    return data + HEADER_LEN;
}

static uint8_t *put_report(uint8_t *at, const struct rtcp_report *report, size_t len)
{
    at = put_header(at, report->has_reception, report->is_sender ? TYPE_SR : TYPE_RR, len);
    at = bytes_put_32(at, report->ssrc);
    if (report->is_sender) {
        at = bytes_put_32(at, (uint32_t)(report->ntp_time >> 32));
        at = bytes_put_32(at, (uint32_t)report->ntp_time);
        at = bytes_put_32(at, report->rtp_time);
        at = bytes_put_32(at, report->packets_sent);
        at = bytes_put_32(at, report->octets_sent);
    }
    if (report->has_reception) {
        const struct rtcp_reception *reception = &report->reception;
        int32_t lost = reception->packets_lost;

        lost = lost > LOST_MAX ? LOST_MAX : lost < LOST_MIN ? LOST_MIN : lost;
        at = bytes_put_32(at, reception->ssrc);
        at = bytes_put_32(at,
                          (uint32_t)reception->fraction_lost << 24 | ((uint32_t)lost & 0xffffff));
        at = bytes_put_32(at, reception->highest_sequence);
        at = bytes_put_32(at, reception->jitter);
        at = bytes_put_32(at, reception->last_report);
        at = bytes_put_32(at, reception->since_report);
    }
    return at;
}

static uint8_t *put_cname(uint8_t *at, uint32_t ssrc, const char *cname, size_t len)
{
    size_t cname_len = strlen(cname);
    uint8_t *end = at + len;

    at = put_header(at, 1, TYPE_SDES, len);
    at = bytes_put_32(at, ssrc);
    *at++ = ITEM_CNAME;
    *at++ = (uint8_t)cname_len;
    memcpy(at, cname, cname_len);
    at += cname_len;
    memset(at, 0, (size_t)(end - at));
    return end;
}

size_t rtcp_packet_write(const struct rtcp_report *report, const char *cname, uint8_t *buf,
                         size_t size)
{
    size_t cname_len = strlen(cname);
    size_t report_len = HEADER_LEN + SSRC_LEN + (size_t)report->is_sender * SENDER_LEN +
                        (size_t)report->has_reception * BLOCK_LEN;
    /* After the item at least one byte of 0, and all that is missing to a multiple of 4. */
    size_t cname_packet_len = HEADER_LEN + SSRC_LEN + (2 + cname_len + 4) / 4 * 4;
    size_t bye_len = (size_t)report->is_bye * (HEADER_LEN + SSRC_LEN);
    uint8_t *at = buf;

    if (cname_len > RTCP_PACKET_MAX_CNAME || report_len + cname_packet_len + bye_len > size)
        return 0;
    at = put_report(at, report, report_len);
    at = put_cname(at, report->ssrc, cname, cname_packet_len);
    if (report->is_bye)
        at = bytes_put_32(put_header(at, 1, TYPE_BYE, bye_len), report->ssrc);
    return (size_t)(at - buf);
}

static void read_reception(const uint8_t *block, struct rtcp_report *report)
{
    uint32_t lost = bytes_get_32(block + 4) & 0xffffff;

    report->has_reception = true;
    report->reception = (struct rtcp_reception){
        .ssrc = bytes_get_32(block),
        .fraction_lost = block[4],
        .packets_lost = lost > LOST_MAX ? (int32_t)lost - (LOST_MAX + 1) * 2 : (int32_t)lost,
        .highest_sequence = bytes_get_32(block + 8),
        .jitter = bytes_get_32(block + 12),
        .last_report = bytes_get_32(block + 16),
        .since_report = bytes_get_32(block + 20),
    };
}

/* SR or RR. The first one says whose report it is; what others say in the same compound is only
 * taken if it is of the same source (one with over 31 sources needs several). */
static int read_report(const uint8_t *packet, size_t len, bool is_first, uint32_t own_ssrc,
                       struct rtcp_report *report)
{
    bool is_sender = packet[1] == TYPE_SR;
    size_t begin = HEADER_LEN + SSRC_LEN + (is_sender ? SENDER_LEN : 0);
    size_t blocks = packet[0] & 0x1f;

    if (begin + blocks * BLOCK_LEN > len) /* more: an extension of some profile */
        return EBADMSG;
    if (is_first)
        report->ssrc = bytes_get_32(packet + 4);
    else if (report->ssrc != bytes_get_32(packet + 4))
        return 0;
    if (is_sender && !report->is_sender) {
        report->is_sender = true;
        report->ntp_time = (uint64_t)bytes_get_32(packet + 8) << 32 | bytes_get_32(packet + 12);
        report->rtp_time = bytes_get_32(packet + 16);
        report->packets_sent = bytes_get_32(packet + 20);
        report->octets_sent = bytes_get_32(packet + 24);
    }
    for (size_t i = 0; i < blocks && !report->has_reception; i++) {
        if (bytes_get_32(packet + begin + i * BLOCK_LEN) == own_ssrc)
            read_reception(packet + begin + i * BLOCK_LEN, report);
    }
    return 0;
}

static int read_bye(const uint8_t *packet, size_t len, struct rtcp_report *report)
{
    size_t sources = packet[0] & 0x1f;

    if (HEADER_LEN + sources * SSRC_LEN > len)
        return EBADMSG;
    for (size_t i = 0; i < sources; i++)
        report->is_bye |= bytes_get_32(packet + HEADER_LEN + i * SSRC_LEN) == report->ssrc;
    return 0;
}

/* The rules of RFC 3550 appendix A.2: version 2 everywhere, a report first and without padding,
 * padding in the last only, lengths that add up. */
int rtcp_packet_read(const uint8_t *data, size_t len, uint32_t own_ssrc,
                     struct rtcp_report *ret_report)
{
    struct rtcp_report report = {0};
    size_t at = 0;
    int err = 0;

    while (at < len && !err) {
        const uint8_t *packet = data + at;
        size_t packet_len, padding = 0;

        if (len - at < HEADER_LEN || packet[0] >> 6 != VERSION)
            return EBADMSG;
        packet_len = ((size_t)packet[2] << 8 | packet[3]) * 4 + HEADER_LEN;
        if (packet_len > len - at)
            return EBADMSG;
        if (packet[0] & 0x20) {
            padding = packet[packet_len - 1];
            if (at + packet_len != len || !at || !padding || padding % 4 ||
                padding > packet_len - HEADER_LEN)
                return EBADMSG;
        }
        if (packet[1] == TYPE_SR || packet[1] == TYPE_RR)
            err = read_report(packet, packet_len - padding, !at, own_ssrc, &report);
        else if (!at)
            return EBADMSG;
        else if (packet[1] == TYPE_BYE)
            err = read_bye(packet, packet_len - padding, &report);
        at += packet_len;
    }
    if (err || !at)
        return EBADMSG;
    *ret_report = report;
    return 0;
}
