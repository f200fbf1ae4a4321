/* SPDX-License-Identifier: MIT */
/* The process itself is seen to start again in tests/e2e/62-clients-device.py. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "restart.h"

static void configure(struct config *config)
{
    memset(config, 0, sizeof(*config));
    (void)strncpy(config->http, "127.0.0.1:0", sizeof(config->http) - 1);
    (void)strncpy(config->sip, "127.0.0.1:0", sizeof(config->sip) - 1);
}

static void test_addresses_are_taken_over(void **state)
{
    struct config config;

    (void)state;
    configure(&config);
    (void)unsetenv("PORTERO_RESTARTED");
    assert_false(restart_take(&config));
    assert_string_equal(config.http, "127.0.0.1:0");
    (void)setenv("PORTERO_RESTARTED", "127.0.0.1:8123 [::1]:8443 -", 1);
    assert_true(restart_take(&config));
    assert_string_equal(config.http, "127.0.0.1:8123");
    assert_string_equal(config.https, "[::1]:8443");
    assert_string_equal(config.sip, "127.0.0.1:0");
    assert_null(getenv("PORTERO_RESTARTED")); /* once */
    assert_false(restart_take(&config));
}

static void test_odd_texts_change_nothing(void **state)
{
    static const char *const texts[] = {"", "a", "a b", "a b c d"};
    char text[300];
    struct config config;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        configure(&config);
        (void)setenv("PORTERO_RESTARTED", texts[i], 1);
        (void)restart_take(&config);
        assert_string_equal(config.http, "127.0.0.1:0");
    }
    memset(text, 'a', sizeof(text) - 1); /* longer than any address */
    text[sizeof(text) - 1] = '\0';
    configure(&config);
    (void)setenv("PORTERO_RESTARTED", text, 1);
    (void)restart_take(&config);
    (void)unsetenv("PORTERO_RESTARTED");
    assert_true(strlen(config.http) < RESTART_ADDRESS_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_are_taken_over),
        cmocka_unit_test(test_odd_texts_change_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
