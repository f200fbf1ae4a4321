/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <string.h>

#include <re_types.h>
#include <re_list.h>
#include <re_mbuf.h>
#include <re_mem.h>
#include <re_sa.h>
#include <re_tcp.h>

#include "base/hand_clock.h"
#include "base/loop.h"
#include "sip/pong.h"

/* ---- the library's connections, played here; by their descriptors ---- */

static int fds[3] = {7, 8, LOOP_MAX_FDS};
static tcp_helper_recv_h *receive;
static unsigned n_pongs;

static struct tcp_conn *connection(unsigned i)
{
    return (struct tcp_conn *)(void *)&fds[i];
}

int __wrap_tcp_conn_fd(const struct tcp_conn *tc);
int __wrap_tcp_conn_fd(const struct tcp_conn *tc)
{
    return *(const int *)(const void *)tc;
}

int __wrap_tcp_register_helper(struct tcp_helper **thp, struct tcp_conn *tc, int layer,
                               tcp_helper_estab_h *eh, tcp_helper_send_h *sh, tcp_helper_recv_h *rh,
                               void *arg);
int __wrap_tcp_register_helper(struct tcp_helper **thp, struct tcp_conn *tc, int layer,
                               tcp_helper_estab_h *eh, tcp_helper_send_h *sh, tcp_helper_recv_h *rh,
                               void *arg)
{
    assert_null(thp);
    assert_int_equal(layer, 1); /* behind TLS */
    assert_true(!eh && !sh);
    assert_ptr_equal(arg, tc);
    receive = rh;
    return 0;
}

int __wrap_tcp_send(struct tcp_conn *tc, struct mbuf *mb);
int __wrap_tcp_send(struct tcp_conn *tc, struct mbuf *mb)
{
    (void)tc;
    assert_int_equal(mbuf_get_left(mb), 2);
    assert_memory_equal(mbuf_buf(mb), "\r\n", 2);
    n_pongs++;
    return 0;
}

static void come(unsigned i, const char *data)
{
    struct mbuf *mb = mbuf_alloc(64);
    bool is_estab = false;
    int err = 0;

    assert_non_null(mb);
    assert_int_equal(mbuf_write_str(mb, data), 0);
    mb->pos = 0;
    assert_false(receive(&err, mb, &is_estab, connection(i))); /* the library sees it, too */
    assert_int_equal(mbuf_get_left(mb), strlen(data));
    mem_deref(mb);
}

static int setup(void **state)
{
    (void)state;
    hand_clock_stand();
    n_pongs = 0;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(pong_watch(connection(i)), 0);
    return 0;
}

/* How many pongs of ours the pieces get. What comes whole is the library's. */
static void test_pieces(void **state)
{
    static const struct {
        const char *pieces[5];
        unsigned n_pongs;
    } cases[] = {
        {{"\r\n", "\r\n"}, 1},
        {{"\r\n\r", "\n"}, 1},
        {{"\r", "\n", "\r", "\n"}, 1},
        {{"\r", "\n\r", "\n"}, 1},
        {{"\r", "\n\r\n"}, 0},
        {{"\r\n\r\n"}, 0},
        {{"\r\n\r\n", "\r\n\r\n"}, 0},
        {{"\r\n"}, 0},
        {{"\r\n", "\r\n\r\n"}, 0},
        {{"\r\n", "\r\n", "\r\n"}, 1},
        {{"\r\n", "\r\n", "\r\n", "\r\n"}, 2},
        {{"\r\n", "OPTIONS sip:a SIP/2.0\r\n", "\r\n"}, 0},
        {{"\r\n\r", "\r\n"}, 0},
        {{"\n", "\r\n"}, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void)setup(NULL);
        for (unsigned n = 0; n < 5 && cases[i].pieces[n]; n++)
            come(0, cases[i].pieces[n]);
        if (n_pongs != cases[i].n_pongs)
            fail_msg("case %zu: %u", i, n_pongs);
    }
}

static void test_pongs_to_pings_of_ours(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        come(0, "\r\n");
        hand_clock_advance_ms(PONG_WITHIN_MS);
    }
    assert_int_equal(n_pongs, 0);
    come(0, "\r\n");
    hand_clock_advance_ms(PONG_WITHIN_MS - 1);
    come(0, "\r\n");
    assert_int_equal(n_pongs, 1);
}

static void test_each_connection_by_itself(void **state)
{
    (void)state;
    come(0, "\r\n");
    come(1, "\r\n");
    assert_int_equal(n_pongs, 0);
    assert_int_equal(pong_watch(connection(1)), 0); /* another one, at the same descriptor */
    come(1, "\r\n");
    assert_int_equal(n_pongs, 0);
    come(0, "\r\n");
    assert_int_equal(n_pongs, 1);
    come(2, "\r\n"); /* the loop cannot have it anyway */
    come(2, "\r\n");
    assert_int_equal(n_pongs, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_pieces, setup),
        cmocka_unit_test_setup(test_pongs_to_pings_of_ours, setup),
        cmocka_unit_test_setup(test_each_connection_by_itself, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
