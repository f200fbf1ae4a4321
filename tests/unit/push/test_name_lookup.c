/* SPDX-License-Identifier: MIT */
/* With a resolver of the system that is played here. */
#include "test.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "base/loop_until.h"
#include "base/timer.h"
#include "base/worker.h"
#include "push/name_lookup.h"

static struct worker *worker;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER; /* held: the resolver waits */
static int rc;
static unsigned n_results;
static struct {
    bool is_told;
    int err;
    unsigned n;
    struct sockaddr_storage first;
} told;
static struct name_lookup *lookup;

static struct addrinfo *make(unsigned n)
{
    struct addrinfo *list = NULL;

    for (unsigned i = n; i; i--) {
        struct addrinfo *ai = calloc(1, sizeof(*ai) + sizeof(struct sockaddr_in));
        struct sockaddr_in *in = (struct sockaddr_in *)(void *)(ai + 1);

        in->sin_family = AF_INET;
        in->sin_addr.s_addr = htonl(0x7f000000 + i);
        ai->ai_addr = (struct sockaddr *)in;
        ai->ai_addrlen = sizeof(*in);
        ai->ai_next = list;
        list = ai;
    }
    return list;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **ret_list)
{
    assert_string_equal(service, "514");
    if (hints->ai_flags & AI_NUMERICHOST) { /* on the loop */
        if (strcmp(node, "127.0.0.1") != 0)
            return EAI_NONAME;
        *ret_list = make(1);
        return 0;
    }
    (void)pthread_mutex_lock(&gate);
    (void)pthread_mutex_unlock(&gate);
    if (!rc)
        *ret_list = make(n_results);
    return rc;
}

void freeaddrinfo(struct addrinfo *list)
{
    while (list) {
        struct addrinfo *next = list->ai_next;

        free(list);
        list = next;
    }
}

static void on_found(int err, const struct sockaddr_storage *addrs, unsigned n, void *arg)
{
    assert_ptr_equal(arg, &told);
    assert_false(told.is_told);
    told.is_told = true;
    told.err = err;
    told.n = n;
    if (n)
        told.first = addrs[0];
}

static bool is_told(void *arg)
{
    (void)arg;
    return told.is_told;
}

static int setup(void **state)
{
    (void)state;
    memset(&told, 0, sizeof(told));
    rc = 0;
    n_results = 1;
    return loop_init() || worker_new("test", 2, &worker);
}

static int teardown(void **state)
{
    (void)state;
    lookup = name_lookup_stop(lookup);
    worker = worker_free(worker);
    loop_done();
    return 0;
}

static int start(const char *host)
{
    return name_lookup_start(worker, host, 514, on_found, &told, &lookup);
}

static void test_a_number_needs_no_worker(void **state)
{
    (void)state;
    (void)pthread_mutex_lock(&gate);
    assert_int_equal(start("127.0.0.1"), 0);
    assert_false(told.is_told);
    assert_true(loop_until(is_told, NULL));
    (void)pthread_mutex_unlock(&gate);
    assert_int_equal(told.err, 0);
    assert_int_equal(told.first.ss_family, AF_INET);
    assert_int_equal(name_lookup_len(&told.first), sizeof(struct sockaddr_in));
}

static void test_a_name(void **state)
{
    (void)state;
    n_results = NAME_LOOKUP_MAX + 5;
    assert_int_equal(start("log.example.org"), 0);
    assert_true(loop_until(is_told, NULL));
    assert_int_equal(told.err, 0);
    assert_int_equal(told.n, NAME_LOOKUP_MAX);
}

static void test_failures(void **state)
{
    static const int cases[][2] = {
        {EAI_NONAME, ENOENT}, {EAI_AGAIN, EAGAIN}, {EAI_MEMORY, ENOMEM}, {0, ENOENT}};

    (void)state;
    n_results = 0;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        rc = cases[i][0];
        assert_int_equal(start("log"), 0);
        assert_true(loop_until(is_told, NULL));
        assert_int_equal(told.err, cases[i][1]);
        assert_int_equal(told.n, 0);
        lookup = name_lookup_stop(lookup);
        told.is_told = false;
    }
}

/* Stopped while the worker has it: told to nobody; and no more than fit wait there. */
static void test_stopped(void **state)
{
    struct name_lookup *second = NULL, *third = NULL;

    (void)state;
    (void)pthread_mutex_lock(&gate);
    assert_int_equal(start("log"), 0);
    assert_int_equal(name_lookup_start(worker, "log", 514, on_found, &told, &second), 0);
    assert_int_equal(name_lookup_start(worker, "log", 514, on_found, &told, &third), EBUSY);
    assert_null(third);
    lookup = name_lookup_stop(lookup);
    assert_null(name_lookup_stop(second));
    (void)pthread_mutex_unlock(&gate);
    worker = worker_free(worker);
    assert_false(told.is_told);
    assert_null(name_lookup_stop(NULL));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_a_number_needs_no_worker),
        TEST(test_a_name),
        TEST(test_failures),
        TEST(test_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
