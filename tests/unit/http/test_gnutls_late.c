/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

#include <gnutls/gnutls.h>

#include "http/gnutls_late.h"

static bool is_in_memory(void)
{
    void *handle = dlopen("libgnutls.so.30", RTLD_NOW | RTLD_NOLOAD);

    if (handle)
        (void)dlclose(handle);
    return handle;
}

/* Must be the first: nothing unloads it. */
static void test_it_is_loaded_when_wanted_only(void **state)
{
    (void)state;
    assert_false(is_in_memory());
    assert_int_equal(gnutls_global_init(), 0);
    gnutls_global_deinit();
    assert_false(is_in_memory());
    assert_int_equal(gnutls_late_load(), 0);
    assert_true(is_in_memory());
    assert_int_equal(gnutls_late_load(), 0);
}

static void test_calls_go_to_it(void **state)
{
    static const char wrong[] = "NORMAL:+NO-SUCH";
    gnutls_priority_t priority = NULL;
    gnutls_session_t session = NULL;
    const char *at = NULL;
    int mark = 0;

    (void)state;
    assert_int_equal(gnutls_late_load(), 0);
    assert_non_null(strstr(gnutls_strerror(GNUTLS_E_MEMORY_ERROR), "memory"));
    assert_int_equal(gnutls_priority_init(&priority, wrong, &at), GNUTLS_E_INVALID_REQUEST);
    assert_non_null(strstr(at, "NO-SUCH"));
    assert_int_equal(gnutls_priority_init(&priority, "NORMAL", &at), 0);
    assert_int_equal(gnutls_init(&session, GNUTLS_SERVER), 0);
    assert_int_equal(gnutls_priority_set(session, priority), 0);
    assert_null(gnutls_session_get_ptr(session));
    gnutls_session_set_ptr(session, &mark);
    assert_ptr_equal(gnutls_session_get_ptr(session), &mark);
    assert_int_equal(gnutls_record_check_pending(session), 0);
    gnutls_deinit(session);
    gnutls_priority_deinit(priority);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_loaded_when_wanted_only),
        cmocka_unit_test(test_calls_go_to_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
