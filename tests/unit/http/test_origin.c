/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "http/origin.h"

static const struct {
    const char *site;
    const char *origin;
    const char *host;
    bool is_foreign;
} cases[] = {
    {NULL, NULL, NULL, false},
    {NULL, NULL, "panel", false},
    {"none", NULL, "panel", false},
    {"same-origin", "http://panel", "panel", false},
    {"cross-site", NULL, "panel", true},
    {"Cross-Site", "http://panel", "panel", true},
    {"same-site", NULL, "panel", true},
    {NULL, "http://panel", "panel", false},
    {NULL, "http://PANEL:80", "panel", false},
    {NULL, "http://panel", "panel:80", false},
    {NULL, "https://panel", "panel:443", false},
    {NULL, "https://panel:443", "panel", false},
    {NULL, "http://10.0.0.5:8080", "10.0.0.5:8080", false},
    {NULL, "http://[::1]:8080", "[::1]:8080", false},
    {NULL, "http://panel:8080", "panel", true},
    {NULL, "http://panel", "panel:8080", true},
    {NULL, "http://panel:443", "panel", true},
    {NULL, "http://evil.example", "panel", true},
    {NULL, "http://panel.evil.example", "panel", true},
    {NULL, "http://evilpanel", "panel", true},
    {NULL, "http://panel", NULL, true},
    {NULL, "http://", "", true},
    {NULL, "null", "panel", true},
    {NULL, "", "panel", true},
    {NULL, "file://panel", "panel", true},
    {"same-origin", "http://evil.example", "panel", true},
};

static void test_origin_decides(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (origin_is_foreign(cases[i].site, cases[i].origin, cases[i].host) != cases[i].is_foreign)
            fail_msg("row %zu: %s %s %s", i, cases[i].site ? cases[i].site : "-",
                     cases[i].origin ? cases[i].origin : "-", cases[i].host ? cases[i].host : "-");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_origin_decides)};

    return cmocka_run_group_tests_name("origin", tests, NULL, NULL);
}
