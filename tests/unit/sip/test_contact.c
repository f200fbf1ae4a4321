/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <re_types.h>
#include <re_mem.h>

#include "sip/contact.h"
#include "sip/message.h"

#define OURS "sip:101@10.0.0.2:5060"
#define INSTANCE "urn:uuid:7a3c2c4e-0000-4000-8000-000000000001"

enum { ASKED_S = 600 };

static void test_granted_time(void **state)
{
    static const struct {
        const char *headers;
        uint32_t granted_s;
    } cases[] = {
        /* nothing said: what was asked for */
        {"", ASKED_S},
        {"Expires: soon\r\n", ASKED_S},
        {"Expires: -5\r\n", ASKED_S},
        {"Expires: 99999999999999999999\r\n", ASKED_S},
        {"Contact: <" OURS ">\r\n", ASKED_S},
        {"Contact: <" OURS ">;expires=soon\r\n", ASKED_S},
        {"Contact: <" OURS ">;expires=\r\n", ASKED_S},
        {"Contact: <" OURS ">;expires=-1\r\n", ASKED_S},
        {"Contact: <" OURS ">;expires=12345678901\r\n", ASKED_S},
        {"Contact: *\r\n", ASKED_S},
        {"Contact: <>\r\n", ASKED_S},

        /* ours, by its URI */
        {"Contact: <" OURS ">;expires=120\r\n", 120},
        {"Contact: <" OURS ">;Expires=120\r\n", 120},
        {"Contact: <" OURS "> ; q=0.5 ; expires = 120 ; x=y\r\n", 120},
        {"Contact: \"Door\" <" OURS ">;expires=120\r\n", 120},
        {"Contact: " OURS ";expires=120\r\n", 120},
        {"m: <" OURS ">;expires=120\r\n", 120},
        {"Contact: <" OURS ">;expires=0\r\n", 0},
        {"Contact: <sip:x@10.9.9.9>;expires=40, <" OURS ">;expires=120\r\n", 120},
        {"Contact: <sip:x@10.9.9.9>;expires=40\r\nContact: <" OURS ">;expires=120\r\n", 120},
        {"Contact: <" OURS ">;expires=120,<sip:x@10.9.9.9>;expires=40\r\n", 120},
        {"Expires: 60\r\nContact: <" OURS ">;expires=120\r\n", 120},
        {"Expires: 60\r\nContact: <" OURS ">\r\n", 60},
        {"Contact: <" OURS ">\r\nExpires: 60\r\n", 60},
        {"Contact: <" OURS ">;expires=soon\r\nExpires: 60\r\n", 60},

        /* ours, by the instance: the URI was rewritten */
        {"Contact: <sip:101@1.2.3.4:99>;expires=90;+sip.instance=\"<" INSTANCE ">\"\r\n", 90},
        {"Contact: <sip:101@1.2.3.4:99>;+sip.instance=<" INSTANCE ">;expires=90\r\n", 90},
        {"Contact: <sip:101@1.2.3.4:99>;+sip.instance=\"" INSTANCE "\";expires=90\r\n", 90},
        {"Contact: <sip:x@10.9.9.9>;expires=40,"
         "<sip:101@1.2.3.4:99>;+sip.instance=\"<URN:UUID:7A3C2C4E-0000-4000-8000-000000000001>\""
         ";reg-id=1;expires=90\r\n",
         90},
        {"Contact: <sip:x@10.9.9.9>;expires=40;"
         "+sip.instance=\"<urn:uuid:7a3c2c4e-0000-4000-8000-000000000002>\","
         "<sip:y@10.9.9.8>;expires=50;+sip.instance=\"<" INSTANCE ">\"\r\n",
         50},

        /* rewritten beyond recognition */
        {"Contact: <sip:whatever@1.2.3.4>;expires=80\r\n", 80},
        {"Contact: <sip:whatever@1.2.3.4>\r\nExpires: 70\r\n", 70},
        {"Contact: <sip:a@1.2.3.4>;expires=80, <sip:b@1.2.3.4>;expires=30, "
         "<sip:c@1.2.3.4>;expires=99\r\n",
         30},
        {"Contact: <sip:a@1.2.3.4>, <sip:b@1.2.3.4>;expires=3000\r\nExpires: 20\r\n", 20},

        /* only Expires */
        {"Expires: 45\r\n", 45},
        {"Expires: 0\r\n", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct sip_msg *msg = message_response(200, cases[i].headers);
        uint32_t granted_s = contact_granted_s(msg, OURS, INSTANCE, ASKED_S);

        mem_deref(msg);
        if (granted_s != cases[i].granted_s)
            fail_msg("%u s, not %u s: %s", granted_s, cases[i].granted_s, cases[i].headers);
    }
}

static void test_is_it_listed(void **state)
{
    static const struct {
        const char *headers;
        bool is_listed;
    } cases[] = {
        {"Contact: <" OURS ">;expires=60\r\n", true},
        {"Contact: <sip:101@10.0.0.3:5060>, <" OURS ">\r\n", true},
        {"Contact: <sip:101@10.0.0.3:5060>\r\nContact: " OURS ";expires=60\r\n", true},
        {"", true}, /* says nothing */
        {"Contact: <sip:101@10.0.0.2:5061>\r\n", false},
        {"Contact: <" OURS ";transport=tcp>\r\n", false},
        {"Contact: <sip:101@10.0.0.3>;+sip.instance=\"<" INSTANCE ">\"\r\n", false},
        {"Contact: <sip:101@10.0.0.3>;+sip.instance=\"<>\"\r\n", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct sip_msg *msg = message_response(200, cases[i].headers);
        bool is_listed = contact_is_listed(msg, OURS);

        mem_deref(msg);
        if (is_listed != cases[i].is_listed)
            fail_msg("%d: %s", is_listed, cases[i].headers);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_granted_time),
        cmocka_unit_test(test_is_it_listed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
