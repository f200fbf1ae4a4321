/* SPDX-License-Identifier: MIT */
/* The guard before the library's parser, and the parser behind it: nothing gets through that
 * breaks a limit, more bytes never turn a refusal into a yes, and what was decoded can be read. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_list.h>
#include <re_mbuf.h>
#include <re_mem.h>
#include <re_msg.h>
#include <re_sa.h>
#include <re_uri.h>
#include <re_sip.h>

#include "fuzz.h"
#include "sip/guard.h"

static bool on_header(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
    unsigned *sum = arg;
    struct sip_addr addr;
    struct sip_via via;

    (void)msg;
    for (size_t i = 0; i < hdr->val.l; i++)
        *sum += (unsigned char)hdr->val.p[i];
    (void)sip_addr_decode(&addr, &hdr->val);
    (void)sip_via_decode(&via, &hdr->val);
    return false;
}

static void decode(const uint8_t *data, size_t size)
{
    struct mbuf *mb = mbuf_alloc(size + 1);
    struct sip_msg *msg = NULL;
    static const enum sip_hdrid once[] = {SIP_HDR_CALL_ID, SIP_HDR_CSEQ, SIP_HDR_FROM, SIP_HDR_TO,
                                          SIP_HDR_CONTENT_LENGTH};
    unsigned sum = 0;

    if (!mb || mbuf_write_mem(mb, data, size))
        abort();
    (void)mbuf_resize(mb, size);
    mb->pos = 0;
    if (!sip_msg_decode(&msg, mb)) {
        fuzz_must(msg->req || (msg->scode >= 100 && msg->scode <= 699));
        for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++)
            fuzz_must(sip_msg_hdr_count(msg, once[i]) <= 1);
        (void)sip_msg_hdr_apply(msg, true, SIP_HDR_NONE, on_header, &sum);
        (void)sip_msg_hdr_apply(msg, true, SIP_HDR_CONTACT, on_header, &sum);
        (void)sip_msg_hdr_apply(msg, false, SIP_HDR_ROUTE, on_header, &sum);
        (void)sip_msg_hdr_has_value(msg, SIP_HDR_SUPPORTED, "path");
    }
    mem_deref(msg);
    mem_deref(mb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int err = sip_guard_check((const char *)data, size);
    int err_of_half = sip_guard_check((const char *)data, size / 2);

    fuzz_must(err == 0 || err == ENODATA || err == EBADMSG);
    fuzz_must(err_of_half != EBADMSG || err == EBADMSG);
    fuzz_must(err_of_half || !err);
    if (!err) {
        const uint8_t *end = memmem(data, size, "\r\n\r\n", 4);

        fuzz_must(end && (size_t)(end - data) < SIP_GUARD_MAX_HEADERS);
        fuzz_must(!memchr(data, '\0', (size_t)(end - data)));
    }
    if (size)
        decode(data, size);
    return 0;
}
