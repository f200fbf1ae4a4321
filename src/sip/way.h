/* SPDX-License-Identifier: MIT */
/* way.h - the way of a call: where its requests go, who may speak in it, and who gets credentials.
 * It lives as long as the library works for the call, which may be longer than the call itself (a
 * BYE waits for its answer): a reference each, mem_deref when done. Loop thread only. */
#ifndef SIP_WAY_H
#define SIP_WAY_H

#include <stdbool.h>

#include "settings/sip_settings.h"

struct sa;
struct sip_auth;
struct sip_dialog;
struct sip_msg;
struct transport;
struct way;
struct way_speakers;

enum { WAY_MAX_REALMS = 4 };

/* Everything is copied but the transport. */
struct way_config {
    struct transport *transport; /* borrowed; must live longer than all ways */
    const struct sa *peer;       /* where the first request goes, or where it came from */
    enum sip_transport kind;
    const struct sa *servers; /* of the account; none for a direct call: then no credentials */
    unsigned n_servers;       /* RESOLVER_MAX_ADDRESSES at most */
    const char *username, *password;
    const struct sip_auth *known; /* who has asked for them at registration; may be NULL */
};

/* Returns 0 or ENOMEM; caller owns *ret_way. */
int way_new(const struct way_config *config, struct way **ret_way);

/* Another one of the same call, for a new dialog, that leads to peer. */
int way_again(const struct way *way, const struct sa *peer, struct way **ret_way);

/* Stand around the library's call that makes the dialog and sends its first request. */
void way_begin(struct way *way);
void way_end(void);

/* From now on it is the way of dialog. Borrowed; it lives as long as the way is used for it. */
void way_set_dialog(struct way *way, const struct sip_dialog *dialog);

/* The dialog is made by msg (an INVITE, or the 2xx to one), or has another target by it: this is
 * where our requests in it go now. Where that is not the account's server, no credentials go with
 * them. */
void way_settle(struct way *way, const struct sip_msg *msg);

/* Did msg come from where the other side of this call is? Ports do not count. */
bool way_is_from_peer(const struct way *way, const struct sip_msg *msg);

/* Who that is; it may be kept (mem_ref) when the way, which has credentials, is gone. Borrowed. */
struct way_speakers *way_speakers(const struct way *way);
bool way_speakers_have(const struct way_speakers *speakers, const struct sip_msg *msg);

/* Where it leads now. */
const struct sa *way_peer(const struct way *way);

/* A sip_auth_h: arg is a way. Gives credentials only to who may have them. */
int way_give_credentials(char **username, char **password, const char *realm, void *arg);

/* By what msg came. */
enum sip_transport way_kind(const struct sip_msg *msg);

/* Where requests go in a dialog that msg has made: to who sent it if that is on the route or
 * names no address, else to its Contact. */
void way_next_hop(const struct sip_msg *msg, struct sa *ret_addr, enum sip_transport *ret_kind);

#endif
