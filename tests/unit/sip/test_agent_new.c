/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "base/event.h"
#include "base/loop.h"
#include "base/worker.h"
#include "sip/agent.h"

#define SERIAL "7a3c2c4e-0000-4000-8000-000000000001"

static struct worker *worker;
static struct event_bus *events;

static int setup(void **state)
{
    (void)state;
    assert_int_equal(loop_init(), 0);
    assert_int_equal(worker_new("resolver", 4, &worker), 0);
    assert_int_equal(event_bus_new(&events), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    event_bus_free(events);
    worker_free(worker);
    loop_done();
    return 0;
}

static void test_wrong_configurations(void **state)
{
    static const struct {
        const char *bind, *nameserver, *ca_file;
        int err;
    } cases[] = {
        {"name.test:5060", NULL, NULL, EINVAL},
        {"127.0.0.1:0", "name.test", NULL, EINVAL},
        {"127.0.0.1:0", NULL, "/nonexistent/ca.pem", ENOENT},
        {"127.0.0.1:0", NULL, "/dev/null", ENOMSG},
        {"192.0.2.1:5060", NULL, NULL, EADDRNOTAVAIL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct agent_config config = {
            .bind = cases[i].bind,
            .nameserver = cases[i].nameserver,
            .ca_file = cases[i].ca_file,
            .serial = SERIAL,
            .resolver_worker = worker,
            .events = events,
        };
        struct agent *other = NULL;

        assert_int_equal(agent_new(&config, &other), cases[i].err);
        assert_null(other);
    }
}

static void test_a_port_in_use(void **state)
{
    struct agent_config config = {
        .bind = "127.0.0.1:0", .serial = SERIAL, .resolver_worker = worker, .events = events};
    struct agent *agent = NULL, *other = NULL;
    char address[64];

    (void)state;
    assert_int_equal(agent_new(&config, &agent), 0);
    agent_local_address(agent, address, sizeof(address));
    assert_int_equal(strncmp(address, "127.0.0.1:", 10), 0);
    assert_string_not_equal(address, "127.0.0.1:0");
    config.bind = address;
    assert_int_equal(agent_new(&config, &other), EADDRINUSE);
    assert_null(other);
    assert_null(agent_free(agent));
    assert_int_equal(agent_new(&config, &other), 0); /* and free again */
    assert_null(agent_free(other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_wrong_configurations, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_port_in_use, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
