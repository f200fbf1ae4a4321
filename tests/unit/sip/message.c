/* SPDX-License-Identifier: MIT */
#include "sip/message.h"

#include <stdio.h>
#include <stdlib.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_list.h>
#include <re_mbuf.h>
#include <re_mem.h>
#include <re_msg.h>
#include <re_sa.h>
#include <re_uri.h>
#include <re_sip.h>

struct sip_msg *message_response(int code, const char *headers)
{
    struct mbuf *mb = mbuf_alloc(4096);
    struct sip_msg *msg = NULL;

    if (!mb || mbuf_printf(mb,
                           "SIP/2.0 %d x\r\n"
                           "Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\n"
                           "From: <sip:101@pbx.a>;tag=1\r\nTo: <sip:101@pbx.a>;tag=2\r\n"
                           "Call-ID: 1\r\nCSeq: 1 REGISTER\r\n%sContent-Length: 0\r\n\r\n",
                           code, headers))
        abort();
    mb->pos = 0;
    if (sip_msg_decode(&msg, mb)) {
        (void)fprintf(stderr, "not a SIP message: %s\n", headers);
        abort();
    }
    mem_deref(mb);
    return msg;
}
