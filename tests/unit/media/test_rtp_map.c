/* SPDX-License-Identifier: MIT */
/* What a STUN server says well is tested in test_audio.c; here what nobody should say. */
#include "test.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <re_types.h>
#include <re_sa.h>

#include "base/hand_clock.h"
#include "base/loop.h"
#include "base/loop_until.h"
#include "media/rtp_map.h"
#include "media/rtp_socket.h"

static struct rtp_socket ours, server, stranger;
static struct sa ours_at, server_at;
static struct rtp_map *map;
static unsigned n_told;
static bool has_address;
static struct sa mapped;

static void on_mapped(const struct sa *addr, void *arg)
{
    assert_ptr_equal(arg, &map);
    n_told++;
    has_address = addr != NULL;
    if (addr)
        mapped = *addr;
    map = rtp_map_free(map);
}

static int set_up(void **state)
{
    struct sa any;

    (void)state;
    n_told = 0;
    hand_clock_stand();
    if (loop_init() || sa_set_str(&any, "127.0.0.1", 0) ||
        rtp_socket_open(&ours, &any, 16384, 32767) ||
        rtp_socket_open(&server, &any, 16384, 32767) ||
        rtp_socket_open(&stranger, &any, 16384, 32767))
        return 1;
    ours_at = server_at = any;
    sa_set_port(&ours_at, ours.port);
    sa_set_port(&server_at, server.port);
    return rtp_map_new(ours.rtp_fd, &server_at, on_mapped, &map, &map);
}

static int tear_down(void **state)
{
    (void)state;
    map = rtp_map_free(map);
    assert_null(rtp_map_free(NULL));
    rtp_socket_close(&ours);
    rtp_socket_close(&server);
    rtp_socket_close(&stranger);
    loop_done();
    return 0;
}

/* The request as the server has it; its transaction id is in bytes 8 to 19. */
static void read_request(uint8_t request[20])
{
    struct sa from;
    size_t len = 0;

    assert_int_equal(rtp_socket_receive(server.rtp_fd, request, 20, &len, &from), 0);
    assert_int_equal(len, 20);
    assert_memory_equal(request, "\0\1\0\0\x21\x12\xa4\x42", 8);
}

/* Success, XOR-MAPPED-ADDRESS 198.51.100.7:40000. */
static void make_answer(const uint8_t request[20], uint8_t answer[32])
{
    static const uint8_t attribute[12] = {0, 0x20, 0, 8, 0, 1, 0xbd, 0x52, 0xe7, 0x21, 0xc0, 0x45};

    memcpy(answer, request, 20);
    answer[0] = 1;
    answer[3] = 12;
    memcpy(answer + 20, attribute, sizeof(attribute));
}

static void run_loop(void)
{
    loop_for_ms(5);
}

static void test_an_answer(void **state)
{
    uint8_t request[20], answer[32];
    struct sa wanted;

    (void)state;
    read_request(request);
    make_answer(request, answer);
    assert_int_equal(rtp_socket_send(server.rtp_fd, answer, 32, &ours_at), 0);
    run_loop();
    assert_int_equal(n_told, 1);
    assert_true(has_address);
    assert_int_equal(sa_set_str(&wanted, "198.51.100.7", 40000), 0);
    assert_true(sa_cmp(&mapped, &wanted, SA_ALL));
}

static void test_a_stranger_is_not_believed(void **state)
{
    uint8_t request[20], answer[32];

    (void)state;
    read_request(request);
    make_answer(request, answer);
    assert_int_equal(rtp_socket_send(stranger.rtp_fd, answer, 32, &ours_at), 0);
    answer[8] ^= 1; /* from the server, but of another transaction */
    assert_int_equal(rtp_socket_send(server.rtp_fd, answer, 32, &ours_at), 0);
    run_loop();
    assert_int_equal(n_told, 0);
}

static void test_damaged_answers(void **state)
{
    uint8_t request[20], answer[600] = {0}, bad[600];

    (void)state;
    read_request(request);
    make_answer(request, answer);
    for (size_t len = 0; len < 32; len++) /* cut short */
        assert_int_equal(rtp_socket_send(server.rtp_fd, answer, len, &ours_at), 0);
    run_loop();
    assert_int_equal(rtp_socket_send(server.rtp_fd, answer, 600, &ours_at), 0); /* too long */
    for (unsigned port = 0; port < 2; port++) { /* port 0, address 0.0.0.0 */
        memcpy(bad, answer, 32);
        memcpy(bad + 26, port ? "\x21\x12" : "\xbd\x52", 2);
        memcpy(bad + 28, port ? "\xe7\x21\xc0\x45" : "\x21\x12\xa4\x42", 4);
        assert_int_equal(rtp_socket_send(server.rtp_fd, bad, 32, &ours_at), 0);
    }
    memcpy(bad, answer, 32);
    bad[0] = 0; /* a request */
    assert_int_equal(rtp_socket_send(server.rtp_fd, bad, 32, &ours_at), 0);
    bad[0] = 1;
    bad[1] = 3; /* of another method */
    assert_int_equal(rtp_socket_send(server.rtp_fd, bad, 32, &ours_at), 0);
    run_loop();
    srand(1);
    for (int i = 0; i < 2000; i++) { /* any attributes */
        size_t len = 20 + (size_t)rand() % 80 * 4;

        memcpy(bad, answer, 20);
        bad[2] = (uint8_t)((len - 20) >> 8);
        bad[3] = (uint8_t)(len - 20);
        for (size_t k = 20; k < len; k++)
            bad[k] = (uint8_t)(rand() % 3 ? 0 : rand() % 64);
        bad[21] = 0xff; /* but none that is an address */
        bad[20] = 0x7f;
        assert_int_equal(rtp_socket_send(server.rtp_fd, bad, len, &ours_at), 0);
        if (i % 30 == 0)
            run_loop();
    }
    assert_int_equal(n_told, 0);
    assert_int_equal(rtp_socket_send(server.rtp_fd, answer, 32, &ours_at), 0);
    run_loop();
    assert_true(n_told == 1 && has_address);
}

static void test_it_is_asked_again_and_given_up(void **state)
{
    uint8_t first[20], again[20];
    struct sa from;
    size_t len;

    (void)state;
    read_request(first);
    hand_clock_advance_ms(60);
    run_loop();
    assert_int_equal(rtp_socket_receive(server.rtp_fd, again, 20, &len, &from), EAGAIN);
    hand_clock_advance_ms(45);
    run_loop();
    read_request(again);
    assert_memory_equal(first, again, 20);
    hand_clock_advance_ms(200);
    run_loop();
    read_request(again);
    hand_clock_advance_ms(120);
    run_loop();
    assert_int_equal(n_told, 0);
    hand_clock_advance_ms(100);
    run_loop();
    assert_int_equal(n_told, 1);
    assert_false(has_address);
}

static void test_giving_up_leaves_the_socket_at_once(void **state)
{
    uint8_t request[20], answer[32];
    struct sa from;
    size_t len = 0;

    (void)state;
    read_request(request);
    make_answer(request, answer);
    rtp_map_give_up(map);
    assert_int_equal(n_told, 0);
    assert_int_equal(rtp_socket_send(server.rtp_fd, answer, 32, &ours_at), 0);
    run_loop();
    assert_int_equal(n_told, 1);
    assert_false(has_address);
    assert_int_equal(rtp_socket_receive(ours.rtp_fd, answer, 32, &len, &from), 0);
}

static void test_a_server_of_another_family(void **state)
{
    struct rtp_map *other = NULL;
    struct sa v6;

    (void)state;
    assert_int_equal(sa_set_str(&v6, "::1", 3478), 0);
    assert_int_equal(rtp_map_new(stranger.rtp_fd, &v6, on_mapped, &map, &other), EAFNOSUPPORT);
    assert_null(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_answer),
        TEST(test_a_stranger_is_not_believed),
        TEST(test_damaged_answers),
        TEST(test_giving_up_leaves_the_socket_at_once),
        TEST(test_a_server_of_another_family),
        TEST(test_it_is_asked_again_and_given_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
