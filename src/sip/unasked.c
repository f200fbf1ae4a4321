/* SPDX-License-Identifier: MIT */
#include "sip/unasked.h"

#include <errno.h>
#include <stdbool.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_list.h>
#include <re_mbuf.h>
#include <re_msg.h>
#include <re_sa.h>
#include <re_uri.h>
#include <re_sip.h>

#include "base/clock.h"
#include "base/log.h"
#include "sip/allow.h"

static const struct refusal {
    const char *method;
    uint16_t code; /* 0: never answered */
    const char *phrase;
    const char *headers;
} refusals[] = {
    {"OPTIONS", 200, "OK", ALLOW "Accept: application/sdp\r\n"},
    {"ACK", 0, "", ""},    /* RFC 3261 section 17: no answer, ever */
    {"INVITE", 0, "", ""}, /* of who may not call us (calls.c): a scanner learns nothing */
    {"CANCEL", 481, "Transaction Does Not Exist", ""},
    {"BYE", 481, "Call Does Not Exist", ""},
    {"INFO", 481, "Call Does Not Exist", ""},
    {"UPDATE", 481, "Call Does Not Exist", ""},
    {"PRACK", 481, "Call Does Not Exist", ""},
    {"NOTIFY", 481, "Subscription Does Not Exist", ""},
    {"SUBSCRIBE", 489, "Bad Event", "Allow-Events:\r\n"},
    {"PUBLISH", 489, "Bad Event", "Allow-Events:\r\n"},
    {"REGISTER", 405, "Method Not Allowed", ALLOW},
    {"MESSAGE", 405, "Method Not Allowed", ALLOW},
    {"REFER", 405, "Method Not Allowed", ALLOW},
};

static const struct refusal unknown_method = {"", 501, "Not Implemented", ALLOW};

int unasked_limit_take(struct unasked_limit *limit, uint64_t now_ms)
{
    uint64_t drained = (now_ms - limit->at_ms) * UNASKED_PER_S;

    limit->spent_milli = limit->spent_milli > drained ? limit->spent_milli - drained : 0;
    limit->at_ms = now_ms;
    if (limit->spent_milli + 1000 > UNASKED_BURST * 1000)
        return EAGAIN;
    limit->spent_milli += 1000;
    return 0;
}

static const struct refusal *find(const struct pl *method)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        if (!pl_strcmp(method, refusals[i].method))
            return &refusals[i];
    }
    return &unknown_method;
}

void unasked_answer(struct sip *sip, const struct sip_msg *msg, struct unasked_limit *limit)
{
    const struct refusal *refusal = find(&msg->met);
    const struct sip_hdr *require;
    struct pl maddr;

    /* An answer goes to who asked, never to a third party that a Via names (maddr). */
    if (!pl_isset(&msg->via.sentby) || !msg_param_decode(&msg->via.params, "maddr", &maddr))
        return;
    if (!refusal->code || unasked_limit_take(limit, clock_monotonic_ms()))
        return;
    log_debug("sip: unasked %.*s answered with %u", (int)msg->met.l, msg->met.p, refusal->code);

    require = sip_msg_hdr(msg, SIP_HDR_REQUIRE); /* RFC 3261 section 8.2.2.3; not for CANCEL */
    if (require && pl_strcmp(&msg->met, "CANCEL")) {
        (void)sip_replyf(sip, msg, 420, "Bad Extension",
                         "Unsupported: %r\r\nContent-Length: 0\r\n\r\n", &require->val);
        return;
    }
    (void)sip_replyf(sip, msg, refusal->code, refusal->phrase, "%sContent-Length: 0\r\n\r\n",
                     refusal->headers);
}
