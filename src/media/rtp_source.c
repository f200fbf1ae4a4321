/* SPDX-License-Identifier: MIT */
#include "media/rtp_source.h"

#include <errno.h>
#include <stdlib.h>

#include <re_types.h>
#include <re_sa.h>

struct rtp_source {
    struct sa told, heard, left;
    bool is_told, is_heard, has_left;
    uint64_t heard_at_ms, left_at_ms;
};

int rtp_source_new(struct rtp_source **ret_source)
{
    struct rtp_source *source = calloc(1, sizeof(*source));

    if (!source)
        return ENOMEM;
    *ret_source = source;
    return 0;
}

struct rtp_source *rtp_source_free(struct rtp_source *source)
{
    free(source);
    return NULL;
}

void rtp_source_tell(struct rtp_source *source, const struct sa *told, uint64_t now_ms)
{
    if (!sa_isset(told, SA_ALL) || sa_is_any(told))
        return;
    if (source->is_told && sa_cmp(&source->told, told, SA_ALL))
        return;
    if (source->is_heard) {
        source->left = source->heard;
        source->left_at_ms = now_ms;
        source->has_left = true;
    }
    source->told = *told;
    source->is_told = true;
    source->is_heard = false;
}

/* How much an address has to do with what we were told: behind a NAT the port differs, or all. */
static int nearness(const struct rtp_source *source, const struct sa *addr)
{
    if (!source->is_told)
        return 0;
    if (sa_cmp(&source->told, addr, SA_ALL))
        return 2;
    return sa_cmp(&source->told, addr, SA_ADDR) ? 1 : 0;
}

/* May somebody else take the place of who is heard? A NAT that moves a flow gives it another port
 * of the same host, so even after silence nobody comes from another host than the one that is
 * heard, but for the one that we were told. */
static bool may_follow(const struct rtp_source *source, const struct sa *from, uint64_t now_ms)
{
    int heard = nearness(source, &source->heard), next = nearness(source, from);

    if (next > heard)
        return true;
    return now_ms - source->heard_at_ms >= RTP_SOURCE_SILENT_MS &&
           (next || sa_cmp(&source->heard, from, SA_ADDR));
}

bool rtp_source_hear(struct rtp_source *source, const struct sa *from, uint64_t now_ms)
{
    bool is_same = source->is_heard && sa_cmp(&source->heard, from, SA_ALL);

    if (!is_same && source->is_heard && !may_follow(source, from, now_ms))
        return false;
    if (!is_same && source->has_left && now_ms - source->left_at_ms < RTP_SOURCE_LEFT_MS &&
        sa_cmp(&source->left, from, SA_ALL) && nearness(source, from) < 2)
        return false;
    source->heard = *from;
    source->heard_at_ms = now_ms;
    source->is_heard = true;
    return true;
}

const struct sa *rtp_source_target(const struct rtp_source *source)
{
    if (source->is_heard)
        return &source->heard;
    return source->is_told ? &source->told : NULL;
}
