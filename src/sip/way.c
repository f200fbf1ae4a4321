/* SPDX-License-Identifier: MIT */
/* way.c - see way.h.
 *
 * libre 1.1 sends the requests of a dialog to the host of their first Route or of the Request-URI,
 * and can look up no names (we give it no DNS client: stack of its own, blind to /etc/hosts). The
 * linker (--wrap) puts ours in the place of sip_dialog_route, so that they go where we say.
 *
 * It also follows 3xx answers to an INVITE to wherever they lead, up to 16 times, with our
 * credentials. Ours in the place of sip_dialog_update refuses: the call ends with that answer,
 * and call_out.c decides. */
#include "sip/addresses.h"
#include "sip/way.h"

#include <errno.h>
#include <stdlib.h>
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

#include <openssl/crypto.h>

#include "sip/resolver.h"
#include "sip/sip_auth.h"
#include "sip/transport.h"

struct way_speakers {
    struct sa peer;
    struct sa origin; /* who sent what made the dialog; not set: it is not made yet */
    struct sa servers[RESOLVER_MAX_ADDRESSES];
    unsigned n_servers;
};

struct way {
    struct le le; /* of ways */
    const struct sip_dialog *dialog;
    struct transport *transport;
    struct way_speakers *speakers;
    enum sip_transport kind;
    bool has_route;
    char username[SIP_SETTINGS_MAX_TEXT + 1];
    char password[SIP_SETTINGS_MAX_TEXT + 1];
    char *realms[WAY_MAX_REALMS];
    unsigned n_realms;
};

static struct list ways;
static struct way *beginning; /* its dialog is being made */

const struct uri *__real_sip_dialog_route(const struct sip_dialog *dlg);
const struct uri *__wrap_sip_dialog_route(const struct sip_dialog *dlg);
int __real_sip_dialog_update(struct sip_dialog *dlg, const struct sip_msg *msg);
int __wrap_sip_dialog_update(struct sip_dialog *dlg, const struct sip_msg *msg);

static struct way *find(const struct sip_dialog *dialog)
{
    for (const struct le *le = ways.head; le; le = le->next) {
        struct way *way = le->data;

        if (way->dialog == dialog)
            return way;
    }
    return beginning;
}

const struct uri *__wrap_sip_dialog_route(const struct sip_dialog *dlg)
{
    const struct way *way = find(dlg);

    return way ? transport_route(way->transport, &way->speakers->peer, way->kind)
               : __real_sip_dialog_route(dlg);
}

int __wrap_sip_dialog_update(struct sip_dialog *dlg, const struct sip_msg *msg)
{
    if (msg && !msg->req && msg->scode >= 300 && msg->scode < 400)
        return EPROTO;
    return __real_sip_dialog_update(dlg, msg);
}

static void destructor(void *arg)
{
    struct way *way = arg;

    if (beginning == way)
        beginning = NULL;
    list_unlink(&way->le);
    OPENSSL_cleanse(way->password, sizeof(way->password));
    for (unsigned i = 0; i < way->n_realms; i++)
        mem_deref(way->realms[i]);
    mem_deref(way->speakers);
}

static int copy_realms(struct way *way, const struct sip_auth *known)
{
    const char *realms[WAY_MAX_REALMS];
    unsigned n = known ? sip_auth_realms(known, realms, WAY_MAX_REALMS) : 0;
    int err = 0;

    for (unsigned i = 0; i < n && !err; i++) {
        err = str_dup(&way->realms[i], realms[i]);
        if (!err)
            way->n_realms++;
    }
    return err;
}

int way_new(const struct way_config *config, struct way **ret_way)
{
    struct way *way = mem_zalloc(sizeof(*way), destructor);
    struct way_speakers *speakers = mem_zalloc(sizeof(*speakers), NULL);
    int err;

    if (!way || !speakers) {
        mem_deref(way);
        mem_deref(speakers);
        return ENOMEM;
    }
    list_append(&ways, &way->le, way);
    way->speakers = speakers;
    way->transport = config->transport;
    way->kind = config->kind;
    speakers->peer = *config->peer;
    sa_init(&speakers->origin, AF_UNSPEC);
    speakers->n_servers =
        config->n_servers < RESOLVER_MAX_ADDRESSES ? config->n_servers : RESOLVER_MAX_ADDRESSES;
    if (speakers->n_servers) {
        memcpy(speakers->servers, config->servers, speakers->n_servers * sizeof(*config->servers));
        str_ncpy(way->username, config->username, sizeof(way->username));
        str_ncpy(way->password, config->password, sizeof(way->password));
    }
    err = copy_realms(way, config->known);
    if (err)
        mem_deref(way);
    else
        *ret_way = way;
    return err;
}

int way_again(const struct way *way, const struct sa *peer, struct way **ret_way)
{
    const struct way_config config = {
        .transport = way->transport,
        .peer = peer,
        .kind = way->kind,
        .servers = way->speakers->servers,
        .n_servers = way->speakers->n_servers,
        .username = way->username,
        .password = way->password,
    };
    struct way *again = NULL;
    int err = way_new(&config, &again);

    for (unsigned i = 0; i < way->n_realms && !err; i++)
        again->realms[again->n_realms++] = mem_ref(way->realms[i]);
    if (!err)
        *ret_way = again;
    return err;
}

void way_begin(struct way *way)
{
    beginning = way;
}

void way_end(void)
{
    beginning = NULL;
}

void way_set_dialog(struct way *way, const struct sip_dialog *dialog)
{
    way->dialog = dialog;
}

const struct sa *way_peer(const struct way *way)
{
    return &way->speakers->peer;
}

/* ---- where to ---- */

enum sip_transport way_kind(const struct sip_msg *msg)
{
    return msg->tp == SIP_TRANSP_TLS   ? SIP_TRANSPORT_TLS
           : msg->tp == SIP_TRANSP_TCP ? SIP_TRANSPORT_TCP
                                       : SIP_TRANSPORT_UDP;
}

/* The address in the Contact, if there is one that we can go to. */
static bool read_contact(const struct sip_msg *msg, struct sa *ret_addr,
                         enum sip_transport *ret_kind)
{
    const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_CONTACT);
    struct sip_addr contact;
    struct pl transport;

    if (!hdr || sip_addr_decode(&contact, &hdr->val))
        return false;
    *ret_kind = way_kind(msg);
    if (!msg_param_decode(&contact.uri.params, "transport", &transport)) {
        if (!pl_strcasecmp(&transport, "tls"))
            *ret_kind = SIP_TRANSPORT_TLS;
        else
            *ret_kind = pl_strcasecmp(&transport, "tcp") ? SIP_TRANSPORT_UDP : SIP_TRANSPORT_TCP;
    }
    /* By TLS only over the connection that is there: whose else's certificate could we check? */
    if (*ret_kind == SIP_TRANSPORT_TLS || !pl_strcasecmp(&contact.uri.scheme, "sips"))
        return false;
    return !sa_set(ret_addr, &contact.uri.host,
                   contact.uri.port ? contact.uri.port : (uint16_t)SIP_PORT) &&
           sa_af(ret_addr) == sa_af(&msg->src) && sa_isset(ret_addr, SA_ALL);
}

void way_next_hop(const struct sip_msg *msg, struct sa *ret_addr, enum sip_transport *ret_kind)
{
    *ret_addr = msg->src;
    *ret_kind = way_kind(msg);
    if (sip_msg_hdr(msg, SIP_HDR_RECORD_ROUTE))
        return; /* who put it in is who sent us this: the same way back */
    if (!read_contact(msg, ret_addr, ret_kind) ||
        (*ret_kind != SIP_TRANSPORT_UDP && sa_cmp(ret_addr, &msg->src, SA_ADDR))) {
        *ret_addr = msg->src; /* for the same host the connection that stands */
        *ret_kind = way_kind(msg);
    }
}

/* The account's server, port and all: at its address there may be others. */
static bool is_server(const struct way *way, const struct sa *addr)
{
    return addresses_have(way->speakers->servers, way->speakers->n_servers, addr, SA_ALL);
}

void way_settle(struct way *way, const struct sip_msg *msg)
{
    bool is_first = !sa_isset(&way->speakers->origin, SA_ADDR);

    if (is_first) {
        way->speakers->origin = msg->src;
        way->has_route = sip_msg_hdr(msg, SIP_HDR_RECORD_ROUTE) != NULL;
    }
    if (is_first || !way->has_route)
        way_next_hop(msg, &way->speakers->peer, &way->kind);
    if (!is_server(way, &way->speakers->peer))
        sip_auth_forget(way);
}

bool way_is_from_peer(const struct way *way, const struct sip_msg *msg)
{
    return way_speakers_have(way->speakers, msg);
}

struct way_speakers *way_speakers(const struct way *way)
{
    return way->speakers;
}

bool way_speakers_have(const struct way_speakers *speakers, const struct sip_msg *msg)
{
    return sa_cmp(&speakers->peer, &msg->src, SA_ADDR) ||
           sa_cmp(&speakers->origin, &msg->src, SA_ADDR) ||
           addresses_have(speakers->servers, speakers->n_servers, &msg->src, SA_ADDR);
}

/* ---- credentials ---- */

static bool is_known(const struct way *way, const char *realm)
{
    for (unsigned i = 0; i < way->n_realms; i++) {
        if (!strcmp(way->realms[i], realm))
            return true;
    }
    return false;
}

/* The answer to a challenge is what a password can be guessed from. So it goes to the server only,
 * whoever has asked. A proxy hands on challenges of whoever is behind it, so besides where it comes
 * from, its realm must be one that the registrar has asked for. A registrar that never asks leaves
 * us the first INVITE to learn it from. */
int way_give_credentials(char **username, char **password, const char *realm, void *arg)
{
    struct way *way = arg;
    const struct sip_msg *msg = sip_auth_asking();
    int err;

    if (!msg || !is_server(way, &msg->src) || !is_server(way, &way->speakers->peer))
        return EAUTH;
    if (!is_known(way, realm)) {
        if (way->n_realms || sa_isset(&way->speakers->origin, SA_ADDR))
            return EAUTH;
        err = str_dup(&way->realms[0], realm);
        if (err)
            return err;
        way->n_realms = 1;
    }
    err = str_dup(username, way->username);
    return err ? err : str_dup(password, way->password);
}
