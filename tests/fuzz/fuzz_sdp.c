/* SPDX-License-Identifier: MIT */
/* What the other side of a call says, one after the other: records "o" (an offer), "a" (an answer),
 * "i" (the body of a SIP INFO). What cannot be taken changes nothing; what we write after that is
 * SDP that another one like us understands. */
#include <string.h>

#include <re_types.h>
#include <re_mbuf.h>
#include <re_mem.h>

#include "fuzz.h"
#include "sip/description.h"
#include "sip/dtmf_info.h"

static void check_body(struct mbuf *mb)
{
    struct description other;
    struct sa local;

    fuzz_must(!sa_set_str(&local, "127.0.0.1", 5004));
    description_init(&other, &local);
    for (size_t i = 0; i < mb->end; i++)
        fuzz_must(mb->buf[i] >= 0x20 || mb->buf[i] == '\r' || mb->buf[i] == '\n' ||
                  mb->buf[i] == '\t');
    fuzz_must(!description_check((const char *)mb->buf, mb->end));
    fuzz_must(!description_take(&other, (const char *)mb->buf, mb->end, true));
    mem_deref(mb);
}

static void check_stream(const struct description *description)
{
    struct audio_stream stream;

    description_stream(description, &stream);
    fuzz_must(stream.ptime_ms >= 10 && stream.ptime_ms <= 60 && stream.ptime_ms % 10 == 0);
    fuzz_must(stream.payload_types[0] <= 127 && stream.payload_types[1] <= 127);
    fuzz_must(stream.dtmf_payload_type >= -1 && stream.dtmf_payload_type <= 127);
    if (description->has_remote && stream.is_sending)
        fuzz_must(sa_isset(stream.rtp, SA_ALL) && sa_af(stream.rtp) == AF_INET);
}

static void take(struct description *description, const struct fuzz_record *record)
{
    struct description before = *description;
    bool is_offer = record->kind == 'o';
    struct mbuf *mb = NULL;

    if (description_take(description, (const char *)record->data, record->len, is_offer)) {
        fuzz_must(!memcmp(&before, description, sizeof(before)));
        return;
    }
    check_stream(description);
    fuzz_must(!description_answer(description, &mb));
    check_body(mb);
    mb = NULL;
    fuzz_must(!description_offer(description, &mb));
    check_body(mb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct description description;
    struct fuzz_record record;
    struct sa local;
    char digit = 'x';

    fuzz_must(!sa_set_str(&local, "127.0.0.1", 4000));
    description_init(&description, &local);
    while (fuzz_next_record(&data, &size, &record)) {
        if (record.kind == 'i') {
            if (!dtmf_info_parse("application/dtmf-relay", (const char *)record.data, record.len,
                                 &digit) ||
                !dtmf_info_parse("application/dtmf", (const char *)record.data, record.len, &digit))
                fuzz_must(digit && strchr("0123456789*#ABCD", digit));
        } else {
            take(&description, &record);
        }
    }
    return 0;
}
