/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "settings/profile.h"

/* Each name of the message is one, and says what clients compare. */
static void test_all_names(void **state)
{
    char names[200], *rest = names;
    unsigned n = 0;

    (void)state;
    (void)snprintf(names, sizeof(names), "%s", profile_names);
    for (char *name; (name = strsep(&rest, ", "));) {
        const struct profile *profile;

        if (!*name || strcmp(name, "or") == 0)
            continue;
        profile = profile_find(name);
        assert_non_null(profile);
        assert_string_equal(profile->name, name);
        assert_true(*profile->device_name && *profile->firmware_version);
        assert_memory_equal(profile->api_version, "2.9", 3);
        n++;
    }
    assert_int_equal(n, 8);
    assert_string_equal(profile_find("aa07fb")->device_name, "AA-07FB");
    assert_null(profile_find(""));
    assert_null(profile_find("AA07FB"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_names)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
