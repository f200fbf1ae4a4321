/* SPDX-License-Identifier: MIT */
/* Where the CAs come from, and when; whether they are checked is in 11-register-certificates.py. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/hand_clock.h"
#include "base/loop.h"
#include "base/loop_until.h"
#include "base/worker.h"
#include "settings/certificate.h"
#include "sip/tls_trust.h"

static char dir[] = "/tmp/test_tls_trust.XXXXXX";
static char bundle_path[64], file_path[64];
static char certs[3][4096]; /* one, another, and one more */

static void write_file(const char *path, const char *first, const char *second)
{
    FILE *f = fopen(path, "we");

    assert_non_null(f);
    assert_true(fputs(first, f) >= 0 && fputs(second, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static int setup_all(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(bundle_path, sizeof(bundle_path), "%s/bundle", dir);
    (void)snprintf(file_path, sizeof(file_path), "%s/file", dir);
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = {"a.test", "b.test", "c.test"};
        char key[4096];
        const struct certificate_buffers buffers = {certs[i], sizeof(certs[i]), key, sizeof(key)};

        assert_int_equal(certificate_make(&names[i], 1, &buffers), 0);
    }
    assert_int_equal(setenv("SSL_CERT_FILE", bundle_path, 1), 0);
    assert_int_equal(setenv("SSL_CERT_DIR", dir, 1), 0);
    return 0;
}

static int teardown_all(void **state)
{
    (void)state;
    (void)unlink(bundle_path);
    (void)unlink(file_path);
    return rmdir(dir);
}

static int setup(void **state)
{
    (void)state;
    write_file(bundle_path, certs[0], certs[1]);
    write_file(file_path, certs[2], "");
    return 0;
}

/* How many CAs a new context knows with this trust. */
static int count_of(struct tls_trust *trust)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    int n;

    assert_non_null(ctx);
    tls_trust_use(trust, ctx);
    n = sk_X509_OBJECT_num(X509_STORE_get0_objects(SSL_CTX_get_cert_store(ctx)));
    SSL_CTX_free(ctx);
    return n;
}

static struct tls_trust *make(const char *ca_file)
{
    struct tls_trust *trust = NULL;

    assert_int_equal(tls_trust_new(ca_file, &trust), 0);
    return trust;
}

static void test_the_bundle_is_read_at_first_use(void **state)
{
    struct tls_trust *trust;

    (void)state;
    (void)unlink(bundle_path);
    trust = make(NULL);
    write_file(bundle_path, certs[0], certs[1]);
    assert_int_equal(count_of(trust), 2);
    tls_trust_free(trust);
}

static void test_all_share_one_bundle(void **state)
{
    struct tls_trust *first = make(NULL), *second = make(file_path), *third;

    (void)state;
    assert_int_equal(count_of(first), 2);
    (void)unlink(bundle_path); /* nobody reads it again */
    assert_int_equal(count_of(second), 3);
    tls_trust_free(first);
    third = make(NULL);
    assert_int_equal(count_of(third), 2);
    assert_int_equal(count_of(third), 2); /* not twice */
    tls_trust_free(second);
    tls_trust_free(third);
    first = make(NULL); /* the last one has taken it along */
    assert_int_equal(count_of(first), 0);
    tls_trust_free(first);
}

/* ---- off the loop ---- */

static struct worker *worker;
static unsigned n_ready;
static int pipe_fds[2];

static int setup_worker(void **state)
{
    n_ready = 0;
    assert_int_equal(loop_init(), 0);
    assert_int_equal(worker_new("test", 2, &worker), 0);
    return setup(state);
}

static int teardown_worker(void **state)
{
    (void)state;
    worker = worker_free(worker);
    loop_done();
    return 0;
}

static void on_ready(void *arg)
{
    (*(unsigned *)arg)++;
}

static bool is_ready(void *arg)
{
    return n_ready >= *(unsigned *)arg;
}

static void test_a_worker_reads_for_all(void **state)
{
    struct tls_trust *first = make(NULL), *second = make(NULL);
    struct tls_trust_wait *waits[3] = {NULL};
    unsigned n = 2;

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(tls_trust_read(worker, on_ready, &n_ready, &waits[i]), EINPROGRESS);
    assert_null(tls_trust_cancel(waits[1]));
    assert_true(loop_until(is_ready, &n));
    loop_for_ms(10);
    assert_int_equal(n_ready, 2);
    (void)unlink(bundle_path);
    assert_int_equal(count_of(first), 2);
    assert_int_equal(count_of(second), 2);
    assert_int_equal(tls_trust_read(worker, on_ready, &n_ready, &waits[0]), 0);
    tls_trust_free(first);
    tls_trust_free(second);
}

static void work_until_told(void *arg)
{
    char byte;

    (void)arg;
    (void)!read(pipe_fds[0], &byte, 1);
}

static void do_nothing(void *arg)
{
    (void)arg;
}

static void test_a_worker_that_is_busy(void **state)
{
    struct tls_trust *trust = make(NULL);
    struct tls_trust_wait *wait = NULL;

    (void)state;
    assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
    assert_int_equal(worker_submit(worker, work_until_told, do_nothing, NULL), 0);
    assert_int_equal(tls_trust_read(worker, on_ready, &n_ready, &wait), EINPROGRESS);
    hand_clock_advance_ms(TLS_TRUST_WAIT_MS - 100);
    loop_for_ms(5);
    assert_int_equal(n_ready, 0);
    hand_clock_advance_ms(200);
    loop_for_ms(5);
    assert_int_equal(n_ready, 1);
    assert_int_equal(count_of(trust), 2);
    assert_int_equal(tls_trust_read(worker, on_ready, &n_ready, &wait), 0);
    assert_int_equal(write(pipe_fds[1], "x", 1),
                     1); /* what the job brings is not wanted any more */
    loop_for_ms(20);
    assert_int_equal(count_of(trust), 2);
    assert_int_equal(n_ready, 1);
    tls_trust_free(trust);
    (void)close(pipe_fds[0]);
    (void)close(pipe_fds[1]);
}

static void test_two_owners(void **state)
{
    struct tls_trust *trust = make(NULL);

    (void)state;
    assert_ptr_equal(tls_trust_ref(trust), trust);
    assert_null(tls_trust_free(trust));
    assert_int_equal(count_of(trust), 2);
    tls_trust_free(trust);
    assert_null(tls_trust_ref(NULL));
}

static void test_what_is_added(void **state)
{
    struct tls_trust *trust = make(NULL);
    char two[8200];

    (void)state;
    (void)snprintf(two, sizeof(two), "%s%s", certs[1], certs[2]);
    assert_int_equal(tls_trust_add(trust, two), 0); /* one of them is in the bundle, too */
    assert_int_equal(count_of(trust), 3);
    assert_int_equal(tls_trust_add(trust, "no certificate"), EINVAL);
    assert_int_equal(tls_trust_add(trust, ""), EINVAL);
    two[strlen(certs[1]) + 60] = '!';
    assert_int_equal(tls_trust_add(trust, two), EINVAL);
    assert_int_equal(count_of(trust), 3);
    tls_trust_free(trust);
}

static void test_files_that_are_no_use(void **state)
{
    struct tls_trust *trust = NULL;

    (void)state;
    assert_int_equal(tls_trust_new("/nowhere/ca.pem", &trust), ENOENT);
    write_file(file_path, "no certificate\n", "");
    assert_int_equal(tls_trust_new(file_path, &trust), EINVAL);
    assert_null(trust);
    write_file(bundle_path, "no certificate\n", "");
    trust = make(NULL); /* that is no failure */
    assert_int_equal(count_of(trust), 0);
    tls_trust_free(trust);
    assert_null(tls_trust_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_the_bundle_is_read_at_first_use, setup),
        cmocka_unit_test_setup(test_all_share_one_bundle, setup),
        cmocka_unit_test_setup_teardown(test_a_worker_reads_for_all, setup_worker, teardown_worker),
        cmocka_unit_test_setup_teardown(test_a_worker_that_is_busy, setup_worker, teardown_worker),
        cmocka_unit_test_setup(test_two_owners, setup),
        cmocka_unit_test_setup(test_what_is_added, setup),
        cmocka_unit_test_setup(test_files_that_are_no_use, setup),
    };

    return cmocka_run_group_tests(tests, setup_all, teardown_all);
}
