/* SPDX-License-Identifier: MIT */
/* Answers of a STUN server to our question. The input is records (fuzz.h):
 *   A  header and attributes of a Binding answer; its magic cookie and transaction are made ours
 *   R  a datagram as it is
 * and W: a second goes by. */
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#include <re_types.h>
#include <re_list.h>
#include <re_mbuf.h>
#include <re_mem.h>
#include <re_sa.h>
#include <re_stun.h>
#include <re_udp.h>

#include "base/hand_clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "fake_net.h"
#include "fuzz.h"
#include "sip/stun.h"

enum { HEADER = 20, MAX_DATAGRAM = 8192 };

static void on_result(int err, unsigned code, const struct sa *mapped, void *arg)
{
    (void)arg;
    fuzz_must(!err == (mapped != NULL));
    fuzz_must(err >= 0);
    fuzz_must((err == EREMOTEIO) == (code != 0));
    if (!mapped)
        return;
    fuzz_must(sa_isset(mapped, SA_ALL));
    fuzz_must(sa_af(mapped) != AF_INET || !IN_MULTICAST(sa_in(mapped)));
}

/* What SIP does with what is no answer to the question. */
static void on_datagram(const struct sa *src, struct mbuf *mb, void *arg)
{
    struct stun_unknown_attr unknown;
    struct stun_msg *msg = NULL;

    (void)src;
    (void)arg;
    if (!stun_msg_decode(&msg, mb, &unknown)) {
        (void)stun_msg_method(msg);
        (void)stun_msg_class(msg);
        (void)stun_msg_chk_fingerprint(msg);
        (void)stun_msg_chk_mi(msg, (const uint8_t *)"key", 3);
    }
    mem_deref(msg);
}

static void answer(const struct fuzz_record *record)
{
    static uint8_t datagram[MAX_DATAGRAM];
    size_t len = record->len < MAX_DATAGRAM ? record->len : MAX_DATAGRAM;
    size_t question_len;
    const uint8_t *question = fake_net_sent(0, &question_len);

    memcpy(datagram, record->data, len);
    if (record->kind == 'A' && question && question_len >= HEADER && len >= HEADER) {
        memcpy(datagram + 4, question + 4, HEADER - 4); /* cookie and transaction */
        datagram[2] = (uint8_t)((len - HEADER) >> 8);
        datagram[3] = (uint8_t)(len - HEADER);
    }
    fake_net_datagram(FAKE_NET_SERVER, datagram, len);
}

static void set_up_once(void)
{
    static bool is_up;

    if (is_up)
        return;
    is_up = true;
    hand_clock_stand();
    log_set_level(LOG_LEVEL_ERROR);
    if (loop_init())
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct stun_query *query = NULL;
    struct udp_sock *socket = NULL;
    struct fuzz_record record;
    struct sa local, server;

    set_up_once();
    fake_net_reset();
    if (sa_set_str(&local, "127.0.0.1", 5060) || sa_set_str(&server, FAKE_NET_SERVER_IP, 3478) ||
        udp_listen(&socket, &local, on_datagram, NULL) ||
        stun_query_start(socket, &server, on_result, NULL, &query))
        abort();
    fake_net_advance_ms(0);
    for (unsigned n = 0; n < 64 && fuzz_next_record(&data, &size, &record); n++) {
        if (record.kind == 'W')
            fake_net_advance_ms(1000);
        else
            answer(&record);
        fake_net_advance_ms(0);
    }
    stun_query_stop(query);
    mem_deref(socket);
    return 0;
}
