/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/capture.h"
#include "first_start.h"
#include "settings/admin.h"
#include "settings/certificate.h"

static char dir[32];
static int dir_fd;
static struct settings settings;

static int setup(void **state)
{
    (void)state;
    memset(&settings, 0, sizeof(settings));
    (void)snprintf(dir, sizeof(dir), "/tmp/portero-first-XXXXXX");
    if (!mkdtemp(dir))
        return 1;
    dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return dir_fd < 0;
}

static int teardown(void **state)
{
    (void)state;
    (void)unlinkat(dir_fd, FIRST_START_PASSWORD_FILE, 0);
    (void)close(dir_fd);
    return rmdir(dir);
}

/* With stderr as a pipe: no terminal. What was logged goes into logged. */
static int prepare(const char *serial, const char *password, bool *ret_changed, char logged[1000])
{
    struct capture capture;
    int err;

    capture_begin(&capture);
    err = first_start_prepare(&settings, "DIR", dir_fd, serial, password, ret_changed);
    capture_read(&capture, logged, 1000);
    capture_end(&capture);
    return err;
}

static bool has_file(void)
{
    return !faccessat(dir_fd, FIRST_START_PASSWORD_FILE, F_OK, 0);
}

static void read_password(char password[100])
{
    int fd = openat(dir_fd, FIRST_START_PASSWORD_FILE, O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, password, 99);

    assert_true(n > 1);
    (void)close(fd);
    assert_int_equal(password[n - 1], '\n');
    password[n - 1] = '\0';
}

static void assert_password_is(const char *password)
{
    char md5_hex[ADMIN_MD5_HEX_LEN + 1];
    bool matches;

    assert_int_equal(admin_md5_hex(password, md5_hex), 0);
    assert_int_equal(admin_hash_matches(settings.admin_hash, md5_hex, &matches), 0);
    assert_true(matches);
}

static void test_a_first_start(void **state)
{
    char password[100], logged[1000];
    bool is_changed = false;
    struct stat st;

    (void)state;
    assert_int_equal(prepare("", "", &is_changed, logged), 0);
    assert_true(is_changed);
    assert_int_equal(strlen(settings.serial), SERIAL_LEN);
    for (int i = 0; i < SERIAL_LEN; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23)
            assert_int_equal(settings.serial[i], '-');
        else
            assert_true(isxdigit((unsigned char)settings.serial[i]) &&
                        !isupper((unsigned char)settings.serial[i]));
    }
    assert_int_equal(settings.serial[14], '4'); /* random */
    assert_non_null(strchr("89ab", settings.serial[19]));

    assert_int_equal(fstatat(dir_fd, FIRST_START_PASSWORD_FILE, &st, 0), 0);
    assert_true(S_ISREG(st.st_mode));
    assert_int_equal(st.st_mode & 07777, 0600);
    read_password(password);
    assert_true(admin_password_is_valid(password));
    assert_true(strlen(password) >= 12);
    assert_password_is(password);
    assert_non_null(strstr(logged, FIRST_START_PASSWORD_FILE));
    assert_null(strstr(logged, password));
}

static void test_the_file_is_for_nobody_else_whatever_the_umask(void **state)
{
    char logged[1000];
    bool is_changed;
    mode_t old = umask(0);
    struct stat st;

    (void)state;
    assert_int_equal(prepare("", "", &is_changed, logged), 0);
    (void)umask(old);
    assert_int_equal(fstatat(dir_fd, FIRST_START_PASSWORD_FILE, &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_no_two_panels_are_the_same(void **state)
{
    char first[100], second[100], serial[SERIAL_LEN + 1], logged[1000];
    bool is_changed;

    (void)state;
    assert_int_equal(prepare("", "", &is_changed, logged), 0);
    read_password(first);
    memcpy(serial, settings.serial, sizeof(serial));
    memset(&settings, 0, sizeof(settings));
    assert_int_equal(prepare("", "", &is_changed, logged), 0); /* over an unfinished start */
    read_password(second);
    assert_string_not_equal(first, second);
    assert_string_not_equal(serial, settings.serial);
    assert_password_is(second);
}

static void test_a_link_in_its_place_is_not_followed(void **state)
{
    char logged[1000];
    bool is_changed;
    struct stat st;

    (void)state;
    assert_int_equal(symlinkat("elsewhere", dir_fd, FIRST_START_PASSWORD_FILE), 0);
    assert_int_equal(prepare("", "", &is_changed, logged), 0);
    assert_int_equal(faccessat(dir_fd, "elsewhere", F_OK, 0), -1);
    assert_int_equal(fstatat(dir_fd, FIRST_START_PASSWORD_FILE, &st, AT_SYMLINK_NOFOLLOW), 0);
    assert_true(S_ISREG(st.st_mode));
}

static void test_a_second_start_changes_nothing(void **state)
{
    struct settings before;
    char logged[1000];
    bool is_changed = true;

    (void)state;
    assert_int_equal(prepare("", "", &is_changed, logged), 0);
    before = settings;
    is_changed = true;
    assert_int_equal(prepare("", "another-password", &is_changed, logged), 0);
    assert_false(is_changed);
    assert_memory_equal(&settings, &before, sizeof(settings));
    assert_string_equal(logged, "");
}

static void test_a_factory_password(void **state)
{
    char logged[1000];
    bool is_changed = false;

    (void)state;
    assert_int_equal(prepare("", "123456", &is_changed, logged), 0);
    assert_true(is_changed);
    assert_password_is("123456");
    assert_false(has_file());
    assert_string_equal(logged, "");
    memset(&settings, 0, sizeof(settings));
    assert_int_equal(prepare("", "12345678901234567890123456789012", &is_changed, logged), 0);
    assert_password_is("12345678901234567890123456789012");
}

static void test_a_configured_serial(void **state)
{
    char logged[1000];
    bool is_changed = false;

    (void)state;
    assert_int_equal(prepare("7a3c2c4e-0000-4000-8000-000000000001", "123456", &is_changed, logged),
                     0);
    assert_string_equal(settings.serial, "7a3c2c4e-0000-4000-8000-000000000001");
    assert_int_equal(prepare("7a3c2c4e-0000-4000-8000-000000000001", "123456", &is_changed, logged),
                     0);
    assert_false(is_changed);
    assert_int_equal(prepare("7a3c2c4e-0000-4000-8000-000000000002", "123456", &is_changed, logged),
                     0);
    assert_true(is_changed);
    assert_string_equal(settings.serial, "7a3c2c4e-0000-4000-8000-000000000002");
    assert_int_equal(prepare("", "123456", &is_changed, logged), 0); /* what it has had stays */
    assert_false(is_changed);
    assert_string_equal(settings.serial, "7a3c2c4e-0000-4000-8000-000000000002");
}

static void test_the_file_cannot_be_written(void **state)
{
    char logged[1000];
    bool is_changed;
    int kept = dir_fd;
    int err;

    (void)state;
    dir_fd = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    err = prepare("", "", &is_changed, logged);
    (void)close(dir_fd);
    dir_fd = kept;
    assert_int_not_equal(err, 0);
    assert_string_equal(settings.admin_hash, ""); /* nobody would know it */
}

static void test_the_password_is_forgotten(void **state)
{
    char logged[1000];
    bool is_changed;

    (void)state;
    assert_int_equal(prepare("", "", &is_changed, logged), 0);
    assert_true(has_file());
    first_start_forget_password(dir_fd);
    assert_false(has_file());
    first_start_forget_password(dir_fd); /* nothing to do, nothing to say */
}

static void test_a_certificate_for_https(void **state)
{
    static const struct {
        const char *address, *host; /* host: what must be in the certificate besides */
    } cases[] = {{"127.0.0.1:443", "127.0.0.1"},
                 {"[2001:db8::1]:0", "2001:db8::1"},
                 {"0.0.0.0:443", NULL},
                 {"[::]:443", NULL}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bool is_changed = false, is_key;
        X509 *cert;
        BIO *bio;

        memset(&settings, 0, sizeof(settings));
        assert_int_equal(first_start_make_identity(&settings, cases[i].address, &is_changed), 0);
        assert_true(is_changed);
        assert_null(certificate_check_pair(settings.https_certificate_pem, settings.https_key_pem,
                                           &is_key));
        bio = BIO_new_mem_buf(settings.https_certificate_pem, -1);
        cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
        assert_int_equal(X509_check_host(cert, "localhost", 0, 0, NULL), 1);
        if (cases[i].host)
            assert_int_equal(X509_check_ip_asc(cert, cases[i].host, 0), 1);
        assert_int_equal(X509_check_ip_asc(cert, "0.0.0.0", 0), 0);
        X509_free(cert);
        BIO_free(bio);
    }
}

static void test_a_certificate_stays(void **state)
{
    bool is_changed = false;
    struct settings before;

    (void)state;
    assert_int_equal(first_start_make_identity(&settings, "127.0.0.1:443", &is_changed), 0);
    before = settings;
    is_changed = false;
    assert_int_equal(first_start_make_identity(&settings, "127.0.0.2:443", &is_changed), 0);
    assert_false(is_changed);
    assert_memory_equal(&settings, &before, sizeof(settings));
}

static void test_mac_address(void **state)
{
    char mac[18];

    (void)state;
    first_start_mac_address("7a3c2c4e-0000-4000-8000-000000000001", mac);
    assert_int_equal(strlen(mac), 17);
    for (int i = 0; i < 17; i++) {
        if (i % 3 == 2)
            assert_int_equal(mac[i], ':');
        else
            assert_non_null(strchr("0123456789ABCDEF", mac[i]));
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_first_start),
        CASE(test_the_file_is_for_nobody_else_whatever_the_umask),
        CASE(test_no_two_panels_are_the_same),
        CASE(test_a_link_in_its_place_is_not_followed),
        CASE(test_a_second_start_changes_nothing),
        CASE(test_a_factory_password),
        CASE(test_a_configured_serial),
        CASE(test_the_file_cannot_be_written),
        CASE(test_the_password_is_forgotten),
        CASE(test_a_certificate_for_https),
        CASE(test_a_certificate_stays),
        CASE(test_mac_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
