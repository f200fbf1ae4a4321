/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "settings/secret.h"
#include "settings/state_dir.h"

enum { KEY_LEN = 32 };

static struct secret_key *make_key(const struct state_dir *dir)
{
    struct secret_key *key = NULL;

    assert_int_equal(secret_key_load(dir->fd, true, &key), 0);
    assert_non_null(key);
    return key;
}

static void test_key_is_made_once_and_is_private(void **state)
{
    struct state_dir *dir = *state;
    struct secret_key *key = NULL;
    size_t len, again;
    char *first, *second;

    assert_int_equal(secret_key_load(dir->fd, false, &key), ENOENT);
    assert_null(key);
    assert_false(state_dir_has(dir, "portero.key"));
    secret_key_free(make_key(dir));
    assert_int_equal(state_dir_mode(dir, "portero.key"), 0600);
    first = state_dir_read(dir, "portero.key", &len);
    secret_key_free(make_key(dir));
    second = state_dir_read(dir, "portero.key", &again);
    assert_int_equal(len, KEY_LEN);
    assert_int_equal(again, KEY_LEN);
    assert_memory_equal(first, second, KEY_LEN);
    assert_int_equal(state_dir_count(dir, "portero.key", NULL), 1);
    free(first);
    free(second);
    assert_null(secret_key_free(NULL));
}

static void test_what_a_crash_left_is_in_nobodys_way(void **state)
{
    struct state_dir *dir = *state;

    state_dir_write(dir, "portero.key.new", "half", 4);
    secret_key_free(make_key(dir));
    assert_false(state_dir_has(dir, "portero.key.new"));
}

static void test_bad_key_files_are_refused(void **state)
{
    static const char bytes[KEY_LEN + 1] = {1};
    static const mode_t open_modes[] = {0640, 0604, 0620, 0602, 0610, 0601, 0644};
    struct state_dir *dir = *state;
    struct secret_key *key = NULL;

    for (size_t len = 0; len <= KEY_LEN + 1; len++) {
        state_dir_write(dir, "portero.key", bytes, len);
        assert_int_equal(secret_key_load(dir->fd, true, &key), len == KEY_LEN ? 0 : EBADMSG);
        key = secret_key_free(key);
    }
    state_dir_write(dir, "portero.key", bytes, KEY_LEN);
    for (size_t i = 0; i < sizeof(open_modes) / sizeof(open_modes[0]); i++) {
        assert_int_equal(fchmodat(dir->fd, "portero.key", open_modes[i], 0), 0);
        assert_int_equal(secret_key_load(dir->fd, true, &key), EBADMSG);
    }
    assert_int_equal(unlinkat(dir->fd, "portero.key", 0), 0);
    assert_int_equal(symlinkat("elsewhere", dir->fd, "portero.key"), 0);
    assert_int_equal(secret_key_load(dir->fd, true, &key), EBADMSG);
    assert_int_equal(unlinkat(dir->fd, "portero.key", 0), 0);
    assert_int_equal(mkdirat(dir->fd, "portero.key", 0700), 0);
    assert_int_equal(secret_key_load(dir->fd, true, &key), EBADMSG);
    assert_null(key);
}

static void test_seal_and_open(void **state)
{
    struct secret_key *key = make_key(*state);
    unsigned char sealed[SECRET_MAX_TEXT + SECRET_OVERHEAD], again[64];
    char text[SECRET_MAX_TEXT + 2], opened[SECRET_MAX_TEXT + 1];
    size_t len;

    for (size_t i = 0; i <= SECRET_MAX_TEXT; i += i < 40 ? 1 : 1014) {
        memset(text, 's', i);
        text[i] = '\0';
        assert_int_equal(secret_seal(key, text, sealed, i + SECRET_OVERHEAD, &len), 0);
        assert_int_equal(len, i + SECRET_OVERHEAD);
        assert_int_equal(secret_open(key, sealed, len, opened, i + 1), 0);
        assert_string_equal(opened, text);
        if (i > 0)
            assert_int_equal(secret_open(key, sealed, len, opened, i), EMSGSIZE);
        assert_int_equal(secret_seal(key, text, sealed, i + SECRET_OVERHEAD - 1, &len), EMSGSIZE);
    }
    memset(text, 's', SECRET_MAX_TEXT + 1);
    text[SECRET_MAX_TEXT + 1] = '\0';
    assert_int_equal(secret_seal(key, text, sealed, sizeof(sealed), &len), EMSGSIZE);

    /* The same text never looks the same. */
    assert_int_equal(secret_seal(key, "123ab6", sealed, sizeof(sealed), &len), 0);
    assert_int_equal(secret_seal(key, "123ab6", again, sizeof(again), &len), 0);
    assert_memory_not_equal(sealed, again, len);
    assert_null(memmem(sealed, len, "123ab6", 6));
    secret_key_free(key);
}

static void test_tampering_is_seen(void **state)
{
    struct secret_key *key = make_key(*state);
    unsigned char sealed[64];
    char text[16];
    size_t len;

    assert_int_equal(secret_seal(key, "123ab6", sealed, sizeof(sealed), &len), 0);
    for (size_t bit = 0; bit < len * 8; bit++) {
        sealed[bit / 8] ^= (unsigned char)(1 << bit % 8);
        memcpy(text, "before", 7);
        assert_int_equal(secret_open(key, sealed, len, text, sizeof(text)), EBADMSG);
        assert_string_equal(text, "");
        sealed[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(secret_open(key, sealed, cut, text, sizeof(text)), EBADMSG);
    assert_int_equal(secret_open(key, sealed, len + 1, text, sizeof(text)), EBADMSG);
    assert_int_equal(secret_open(key, sealed, len, text, 0), EMSGSIZE);
    assert_int_equal(secret_open(key, sealed, len, text, sizeof(text)), 0);
    secret_key_free(key);
}

static void test_another_key_does_not_open(void **state)
{
    struct state_dir *dir = *state;
    struct secret_key *key = make_key(dir), *other;
    unsigned char sealed[64];
    char text[16];
    size_t len;

    assert_int_equal(secret_seal(key, "123ab6", sealed, sizeof(sealed), &len), 0);
    assert_int_equal(unlinkat(dir->fd, "portero.key", 0), 0);
    other = make_key(dir);
    assert_int_equal(secret_open(other, sealed, len, text, sizeof(text)), EBADMSG);
    secret_key_free(key);
    secret_key_free(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, state_dir_setup, state_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_key_is_made_once_and_is_private),
        TEST(test_what_a_crash_left_is_in_nobodys_way),
        TEST(test_bad_key_files_are_refused),
        TEST(test_seal_and_open),
        TEST(test_tampering_is_seen),
        TEST(test_another_key_does_not_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
