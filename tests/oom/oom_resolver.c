/* SPDX-License-Identifier: MIT */
/* Looking up a server: SRV, then A and AAAA of two hosts, by a name server played by hand. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <re_types.h>
#include <re_sa.h>

#include "base/hand_clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "fake_net.h"
#include "oom.h"
#include "sip/resolver.h"

enum { HEADER = 12, TYPE_A = 1, TYPE_SRV = 33, MAX_MESSAGE = 1024, PATIENCE_S = 120 };

static struct {
    int err;
    unsigned n_addrs;
    bool is_found;
    uint8_t question[MAX_MESSAGE];
    size_t question_len;
} now;

static void on_found(int err, const struct sa *addrs, unsigned n_addrs, unsigned ttl_s, void *arg)
{
    (void)addrs;
    (void)ttl_s;
    (void)arg;
    now.err = err;
    now.n_addrs = n_addrs;
    now.is_found = true;
}

static void answer(const uint8_t *question, size_t question_len)
{
    static const uint8_t services[] =
        "\xc0\x0c\0\x21\0\1\0\0\0\x3c\0\x10\0\1\0\1\x13\xc4\1a\3pbx\4tes"
        "t\0\xc0\x0c\0\x21\0\1\0\0\0\x3c\0\x10\0\2\0\1\x13\xc4\1b\3pbx"
        "\4test";
    static const uint8_t address[] = "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x0a\0\0\1";
    uint8_t message[2 * MAX_MESSAGE];
    unsigned type = question[question_len - 3];
    size_t len = type == TYPE_SRV ? sizeof(services) : type == TYPE_A ? sizeof(address) - 1 : 0;

    memcpy(message, question, question_len);
    message[2] = 0x81;
    message[3] = 0x80;
    message[7] = type == TYPE_SRV ? 2 : type == TYPE_A ? 1 : 0;
    memcpy(message + question_len, type == TYPE_SRV ? services : address, len);
    fake_net_datagram(FAKE_NET_SERVER, message, question_len + len);
}

static int look_up(struct resolver *resolver)
{
    const struct host host = {.name = "pbx.test"};
    struct resolver_query *query = NULL;
    int err;

    memset(&now, 0, sizeof(now));
    err = resolver_find(resolver, &host, SIP_TRANSPORT_UDP, on_found, NULL, &query);
    if (err)
        return err;
    for (unsigned s = 0; !now.is_found && s < PATIENCE_S; s++) {
        for (unsigned n = 0; n < 2 && !now.is_found; n++) {
            size_t len;
            const uint8_t *sent = fake_net_sent(n, &len);

            if (sent && len > HEADER && len < sizeof(now.question)) {
                memcpy(now.question, sent, len);
                answer(now.question, len);
            }
        }
        fake_net_advance_ms(s ? 1000 : 0);
    }
    oom_must(now.is_found);
    oom_must(!now.err == (now.n_addrs > 0));
    return now.err;
}

static int run(void)
{
    struct resolver *resolver = NULL;
    int err;

    fake_net_reset();
    err = loop_init();
    if (err)
        return err;
    err = resolver_new(NULL, FAKE_NET_SERVER_IP ":53", &resolver);
    if (!err)
        err = look_up(resolver);
    /* What failed once must not stay so. */
    if (!err)
        err = look_up(resolver);
    resolver_free(resolver);
    loop_done();
    return err;
}

int main(int argc, char *argv[])
{
    /* A question that could not be asked is one without an answer. */
    static const int errors[] = {ETIMEDOUT, EAGAIN, ENOENT, 0};
    static const struct oom_scenario scenarios[] = {
        {"resolver", run, errors},
        {NULL, NULL, NULL},
    };

    hand_clock_stand();
    log_set_level(LOG_LEVEL_ERROR);
    return oom_main(argc, argv, scenarios);
}
