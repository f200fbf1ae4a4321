/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include "http/peer.h"

static void test_peer_text(void **state)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc0000201)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    char text[PEER_TEXT_SIZE];
    struct peer peer;

    (void)state;
    peer_init(&peer, (const struct sockaddr *)(const void *)&in);
    peer_text(&peer, text);
    assert_string_equal(text, "192.0.2.1");
    assert_int_equal(inet_pton(AF_INET6, "::ffff:192.0.2.1", &in6.sin6_addr), 1);
    peer_init(&peer, (const struct sockaddr *)(const void *)&in6);
    peer_text(&peer, text);
    assert_string_equal(text, "192.0.2.1");
    assert_int_equal(inet_pton(AF_INET6, "2001:db8::1", &in6.sin6_addr), 1);
    peer_init(&peer, (const struct sockaddr *)(const void *)&in6);
    peer_text(&peer, text);
    assert_string_equal(text, "2001:db8::1");
    peer_init(&peer, (const struct sockaddr *)(const void *)&un);
    peer_text(&peer, text);
    assert_string_equal(text, "::");
    peer.is_local = true;
    peer_text(&peer, text);
    assert_string_equal(text, "the command line");
    peer_init(&peer, NULL);
    peer_text(&peer, text);
    assert_string_equal(text, "::");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_peer_text)};

    return cmocka_run_group_tests_name("peer", tests, NULL, NULL);
}
