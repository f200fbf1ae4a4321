/* SPDX-License-Identifier: MIT */
/* Answers of a name server while the resolver looks for a SIP server. The first byte says which
 * transport; then blocks of a kind, a length (two bytes) and so many bytes:
 *   Q P  an answer to our last question, or the one before: flags, counts and records; the id
 *        and the question are put before and between by us
 *   R    a datagram as it is
 *   T    bytes on a TCP connection to the name server
 *   C X  that connection stands; is closed
 *   W    time goes on: as many tenths of a second as there are bytes */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <re_types.h>
#include <re_sa.h>

#include "base/hand_clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "fake_net.h"
#include "fuzz.h"
#include "sip/resolver.h"

enum { HEADER = 12, MAX_DATAGRAM = 8192 };

static bool is_found;

static void on_found(int err, const struct sa *addrs, unsigned n_addrs, unsigned ttl_s, void *arg)
{
    (void)ttl_s;
    (void)arg;
    is_found = true;
    fuzz_must(n_addrs <= RESOLVER_MAX_ADDRESSES);
    fuzz_must(err >= 0 && !err == (n_addrs > 0));
    for (unsigned i = 0; i < n_addrs; i++)
        fuzz_must(sa_af(&addrs[i]) == AF_INET || sa_af(&addrs[i]) == AF_INET6);
}

static void answer(unsigned which, const uint8_t *data, size_t len)
{
    static uint8_t datagram[MAX_DATAGRAM];
    size_t question_len, n = 0;
    const uint8_t *question = fake_net_sent(which, &question_len);

    if (!question || question_len < HEADER || len < HEADER - 4 ||
        question_len + len > sizeof(datagram))
        return;
    memcpy(datagram, question, 2);
    memcpy(datagram + 2, data, 2);
    datagram[2] |= 0x80; /* an answer */
    memcpy(datagram + 4, question + 4, 2);
    memcpy(datagram + 6, data + 2, 6);
    memcpy(datagram + HEADER, question + HEADER, question_len - HEADER);
    n = question_len;
    memcpy(datagram + n, data + 8, len - 8);
    fake_net_datagram(FAKE_NET_SERVER, datagram, n + len - 8);
}

static void do_block(uint8_t kind, const uint8_t *data, size_t len)
{
    switch (kind) {
    case 'Q':
    case 'P':
        answer(kind == 'P', data, len);
        break;
    case 'T':
        fake_net_stream(FAKE_NET_SERVER, data, len);
        break;
    case 'C':
        fake_net_connected();
        break;
    case 'X':
        fake_net_close(FAKE_NET_SERVER);
        break;
    case 'W':
        fake_net_advance_ms(100 * (len < 600 ? len : 600));
        break;
    default:
        fake_net_datagram(FAKE_NET_SERVER, data, len);
    }
    fake_net_advance_ms(0);
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
    struct host host = {.name = "pbx.test"};
    struct resolver_query *query = NULL;
    struct resolver *resolver = NULL;

    if (!size)
        return 0;
    set_up_once();
    fake_net_reset();
    is_found = false;
    if (resolver_new(NULL, FAKE_NET_SERVER_IP ":53", &resolver) ||
        resolver_find(resolver, &host, data[0] % 3, on_found, NULL, &query))
        abort();
    fake_net_advance_ms(0);
    data++;
    size--;
    for (unsigned n = 0; n < 64 && size >= 3; n++) {
        size_t len = (size_t)data[1] << 8 | data[2];

        if (len > size - 3)
            len = size - 3;
        do_block(data[0], data + 3, len);
        data += 3 + len;
        size -= 3 + len;
    }
    if (!is_found)
        resolver_cancel(query);
    resolver_free(resolver);
    return 0;
}
