/* SPDX-License-Identifier: MIT */
#include "sip/contact.h"

#include <stdbool.h>
#include <string.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_list.h>
#include <re_mbuf.h>
#include <re_msg.h>
#include <re_sa.h>
#include <re_uri.h>
#include <re_sip.h>

struct search {
    const char *uri;
    const char *instance; /* NULL: does not matter */
    uint32_t default_s;   /* for a Contact without expires */
    unsigned n_contacts;
    bool has_ours;
    uint32_t ours_s;
    uint32_t smallest_s;
};

/* Delta-seconds; whatever is not a number counts as not written. */
static bool read_seconds(const struct pl *text, uint32_t *ret_s)
{
    if (!pl_isset(text) || text->l > 9)
        return false;
    for (size_t i = 0; i < text->l; i++) {
        if (text->p[i] < '0' || text->p[i] > '9')
            return false;
    }
    *ret_s = pl_u32(text);
    return true;
}

static bool is_ours(const struct search *search, const struct sip_addr *addr)
{
    struct pl instance;

    if (!pl_strcmp(&addr->auri, search->uri))
        return true;
    if (!search->instance || msg_param_decode(&addr->params, "+sip.instance", &instance))
        return false;
    /* "<urn:uuid:...>", with or without its quotes */
    while (instance.l && (*instance.p == '"' || *instance.p == '<'))
        pl_advance(&instance, 1);
    while (instance.l && (instance.p[instance.l - 1] == '"' || instance.p[instance.l - 1] == '>'))
        instance.l--;
    return !pl_strcasecmp(&instance, search->instance);
}

static bool on_contact(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
    struct search *search = arg;
    struct sip_addr addr;
    struct pl text;
    uint32_t expires_s = search->default_s;

    (void)msg;
    if (sip_addr_decode(&addr, &hdr->val))
        return false;
    if (!msg_param_decode(&addr.params, "expires", &text))
        (void)read_seconds(&text, &expires_s);
    if (!search->n_contacts++ || expires_s < search->smallest_s)
        search->smallest_s = expires_s;
    if (is_ours(search, &addr)) {
        search->has_ours = true;
        search->ours_s = expires_s;
    }
    return false;
}

uint32_t contact_granted_s(const struct sip_msg *msg, const char *uri, const char *instance,
                           uint32_t asked_s)
{
    struct search search = {.uri = uri, .instance = instance, .default_s = asked_s};

    (void)read_seconds(&msg->expires, &search.default_s);
    (void)sip_msg_hdr_apply(msg, true, SIP_HDR_CONTACT, on_contact, &search);
    if (search.has_ours)
        return search.ours_s;
    return search.n_contacts ? search.smallest_s : search.default_s;
}

bool contact_is_listed(const struct sip_msg *msg, const char *uri)
{
    struct search search = {.uri = uri};

    (void)sip_msg_hdr_apply(msg, true, SIP_HDR_CONTACT, on_contact, &search);
    return search.has_ours || !search.n_contacts;
}
