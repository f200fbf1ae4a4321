/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdio.h>
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

#include "base/loop.h"
#include "sip/message.h"
#include "sip/resolver.h"
#include "sip/sip_auth.h"
#include "sip/way.h"

#define CONTACT(uri) "Contact: <" uri ">\r\n"
#define CHALLENGE "Proxy-Authenticate: Digest realm=\"pbx\", nonce=\"n\"\r\n"

int sip_auth_encode(struct mbuf *mb, struct sip_auth *auth, const char *met, const char *uri);

static struct sip_msg *message(const char *from, enum sip_transp tp, const char *headers)
{
    struct sip_msg *msg = message_response(200, headers);

    assert_int_equal(sa_decode(&msg->src, from, strlen(from)), 0);
    msg->tp = tp;
    return msg;
}

static void test_next_hop(void **state)
{
    static const struct hop {
        enum sip_transp tp;
        const char *headers;
        const char *to;
        enum sip_transport kind;
    } hops[] = {
        {SIP_TRANSP_UDP, CONTACT("sip:a@192.0.2.9:5062"), "192.0.2.9:5062", SIP_TRANSPORT_UDP},
        {SIP_TRANSP_UDP, CONTACT("sip:a@192.0.2.9"), "192.0.2.9:5060", SIP_TRANSPORT_UDP},
        {SIP_TRANSP_UDP, CONTACT("sip:a@192.0.2.9;transport=TCP"), "192.0.2.9:5060",
         SIP_TRANSPORT_TCP},
        {SIP_TRANSP_UDP, CONTACT("sip:a@192.0.2.1:5062"), "192.0.2.1:5062", SIP_TRANSPORT_UDP},
        /* names, other IP versions, TLS elsewhere: back to where it came from */
        {SIP_TRANSP_UDP, CONTACT("sip:a@phone.test"), "192.0.2.1:5070", SIP_TRANSPORT_UDP},
        {SIP_TRANSP_UDP, CONTACT("sip:a@[2001:db8::1]"), "192.0.2.1:5070", SIP_TRANSPORT_UDP},
        {SIP_TRANSP_UDP, CONTACT("sip:a@0.0.0.0"), "192.0.2.1:5070", SIP_TRANSPORT_UDP},
        {SIP_TRANSP_TLS, CONTACT("sips:a@192.0.2.9"), "192.0.2.1:5070", SIP_TRANSPORT_TLS},
        {SIP_TRANSP_TLS, CONTACT("sip:a@192.0.2.9;transport=tls"), "192.0.2.1:5070",
         SIP_TRANSPORT_TLS},
        {SIP_TRANSP_UDP, "", "192.0.2.1:5070", SIP_TRANSPORT_UDP},
        {SIP_TRANSP_UDP, "Contact: <x\r\n", "192.0.2.1:5070", SIP_TRANSPORT_UDP},
        /* for the same host, the connection that stands */
        {SIP_TRANSP_TCP, CONTACT("sip:a@192.0.2.1:5062;transport=tcp"), "192.0.2.1:5070",
         SIP_TRANSPORT_TCP},
        /* who is on the route has sent it */
        {SIP_TRANSP_UDP, "Record-Route: <sip:pbx.test;lr>\r\n" CONTACT("sip:a@192.0.2.9"),
         "192.0.2.1:5070", SIP_TRANSPORT_UDP},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(hops) / sizeof(hops[0]); i++) {
        struct sip_msg *msg = message("192.0.2.1:5070", hops[i].tp, hops[i].headers);
        enum sip_transport kind;
        struct sa to;
        char text[64];

        way_next_hop(msg, &to, &kind);
        assert_true(re_snprintf(text, sizeof(text), "%J", &to) > 0);
        assert_string_equal(text, hops[i].to);
        assert_int_equal(kind, hops[i].kind);
        mem_deref(msg);
    }
}

static struct way *make(const char *server, const struct sip_auth *known)
{
    struct way_config config = {.username = "101", .password = "secret1", .known = known};
    struct way *way;
    struct sa addr;

    assert_int_equal(sa_decode(&addr, server, strlen(server)), 0);
    config.peer = config.servers = &addr;
    config.n_servers = 1;
    assert_int_equal(way_new(&config, &way), 0);
    return way;
}

static int challenge(struct sip_auth *auth, const char *from)
{
    struct sip_msg *msg = message(from, SIP_TRANSP_UDP, CHALLENGE);
    int err = sip_auth_authenticate(auth, msg);

    mem_deref(msg);
    return err;
}

static bool gives(struct sip_auth *auth)
{
    struct mbuf *mb = mbuf_alloc(512);
    bool has_written;

    assert_int_equal(sip_auth_encode(mb, auth, "BYE", "sip:a@b"), 0);
    has_written = mb->end > 0;
    mem_deref(mb);
    return has_written;
}

/* A name may have as many addresses as a look-up gives: each of them is the account's server, and
 * nothing behind them is. */
static void test_all_servers_may_ask(void **state)
{
    struct sa addrs[RESOLVER_MAX_ADDRESSES + 1];
    struct way_config config = {.peer = addrs,
                                .servers = addrs,
                                .n_servers = RESOLVER_MAX_ADDRESSES + 1,
                                .username = "101",
                                .password = "secret1"};
    char text[64];
    struct way *way;

    (void)state;
    for (unsigned i = 0; i <= RESOLVER_MAX_ADDRESSES; i++) {
        (void)snprintf(text, sizeof(text), "192.0.2.%u:5060", i + 1);
        assert_int_equal(sa_decode(&addrs[i], text, strlen(text)), 0);
    }
    assert_int_equal(way_new(&config, &way), 0);
    for (unsigned i = 0; i <= RESOLVER_MAX_ADDRESSES; i++) {
        struct sip_auth *auth = NULL;

        (void)snprintf(text, sizeof(text), "192.0.2.%u:5060", i + 1);
        assert_int_equal(sip_auth_alloc(&auth, way_give_credentials, way, true), 0);
        assert_int_equal(challenge(auth, text), i < RESOLVER_MAX_ADDRESSES ? 0 : EAUTH);
        mem_deref(auth);
    }
    mem_deref(way);
}

static void test_kind(void **state)
{
    static const enum sip_transp by[] = {SIP_TRANSP_UDP, SIP_TRANSP_TCP, SIP_TRANSP_TLS};
    static const enum sip_transport kinds[] = {SIP_TRANSPORT_UDP, SIP_TRANSPORT_TCP,
                                               SIP_TRANSPORT_TLS};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct sip_msg *msg = message("192.0.2.1:5060", by[i], "");

        assert_int_equal(way_kind(msg), kinds[i]);
        mem_deref(msg);
    }
}

static void test_credentials_only_for_the_server(void **state)
{
    struct way *way = make("192.0.2.1:5060", NULL);
    struct sip_auth *auth = NULL;
    char *username = NULL, *password = NULL;
    struct sip_msg *ok;

    (void)state;
    assert_int_equal(sip_auth_alloc(&auth, way_give_credentials, way, true), 0);
    assert_int_equal(way_give_credentials(&username, &password, "pbx", way), EAUTH);
    assert_int_equal(challenge(auth, "192.0.2.2:5060"), EAUTH);
    assert_int_equal(challenge(auth, "192.0.2.1:5061"), EAUTH);
    assert_false(gives(auth));
    assert_int_equal(challenge(auth, "192.0.2.1:5060"), 0);
    assert_true(gives(auth));
    /* the dialog leads to somebody else: no more of them */
    ok = message("192.0.2.1:5060", SIP_TRANSP_UDP, CONTACT("sip:a@192.0.2.9"));
    way_settle(way, ok);
    assert_false(gives(auth));
    assert_int_equal(challenge(auth, "192.0.2.9:5060"), EAUTH);
    /* and not because the server asks, who answers for him: they would go to him all the same */
    assert_int_equal(challenge(auth, "192.0.2.1:5060"), EAUTH);
    assert_false(gives(auth));
    assert_true(way_is_from_peer(way, ok));
    mem_deref(ok);
    mem_deref(auth);
    mem_deref(way);
}

static void test_peers(void **state)
{
    struct way *way = make("192.0.2.1:5060", NULL);
    struct sip_msg *ok = message("192.0.2.2:5060", SIP_TRANSP_UDP, CONTACT("sip:a@192.0.2.3"));
    static const char *const from[] = {"192.0.2.1:1", "192.0.2.2:1", "192.0.2.3:1", "192.0.2.4:1"};

    (void)state;
    way_settle(way, ok);
    for (int i = 0; i < 4; i++) {
        struct sip_msg *msg = message(from[i], SIP_TRANSP_UDP, "");

        assert_int_equal(way_is_from_peer(way, msg), i < 3);
        mem_deref(msg);
    }
    mem_deref(ok);
    mem_deref(way);
}

static void test_redirects_are_not_followed_by_the_library(void **state)
{
    struct sip_dialog *dialog = NULL;
    struct sip_msg *moved = message_response(302, CONTACT("sip:evil@192.0.2.66"));
    struct sip_msg *ok = message_response(200, CONTACT("sip:b@192.0.2.7"));

    (void)state;
    assert_int_equal(sip_dialog_alloc(&dialog, "sip:b@a", "sip:b@a", NULL, "sip:a@a", NULL, 0), 0);
    assert_int_equal(sip_dialog_update(dialog, moved), EPROTO);
    mem_deref(moved);
    assert_int_equal(sip_dialog_update(dialog, ok), 0);
    mem_deref(ok);
    mem_deref(dialog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_next_hop),
        cmocka_unit_test(test_all_servers_may_ask),
        cmocka_unit_test(test_kind),
        cmocka_unit_test(test_credentials_only_for_the_server),
        cmocka_unit_test(test_peers),
        cmocka_unit_test(test_redirects_are_not_followed_by_the_library),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
