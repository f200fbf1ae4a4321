/* SPDX-License-Identifier: MIT */
/* Golden lines, and the places at which receivers in the field look. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/event.h"
#include "journal/entry.h"
#include "push/syslog_text.h"

static struct syslog_text text;

/* The message of an event with up to 4 fields; "" if nobody is told. */
static const char *message(enum event_kind kind, const struct event_field *fields, unsigned n)
{
    const struct event event = {.kind = kind,
                                .at_ms = 1,
                                .text = "canary: words that nobody needs",
                                .fields = fields,
                                .n_fields = n};
    struct entry *entry = NULL;

    assert_int_equal(entry_from_event(&event, &entry), 0);
    if (!syslog_text_of(entry, &text))
        text.text[0] = '\0';
    entry_free(entry);
    return text.text;
}

/* What stands between the nth ':' or ',' and the next, without blanks around it. */
static const char *field(const char *line, unsigned n)
{
    static char buf[SYSLOG_TEXT_SIZE];
    size_t len;

    for (; n; n--) {
        line += strcspn(line, ":,");
        assert_true(*line != '\0');
        line++;
    }
    line += strspn(line, " ");
    len = strcspn(line, ":,");
    memcpy(buf, line, len);
    buf[len] = '\0';
    return buf;
}

static void test_calls(void **state)
{
    const struct event_field out[] = {{"call", "1"},
                                      {"number", "7"},
                                      {"uri", "sip:1000000042@pbx.example.org:5060;x=y"},
                                      {"by", "keypad"}};
    const struct event_field in[] = {
        {"call", "1"}, {"number", "sip:1@h"}, {"uri", "sip:1@h:5060"}, {"by", "caller"}};
    const struct event_field unknown[] = {{"number", "sip:9999@10.1.1.250:5060"}, {"uri", ""}};
    const char *line;

    (void)state;
    line = message(EVENT_CALL_ANSWERED, out, 4);
    assert_string_equal(line, "EVENT:902:sip:1000000042@pbx.example.org:7:Outgoing call. call "
                              "number:sip:1000000042@pbx.example.org, call was accepted");
    assert_string_equal(field(line, 3), "1000000042@pbx.example.org");
    assert_string_equal(field(line, 5), "Outgoing call. call number");
    assert_string_equal(field(line, 8), "call was accepted");
    assert_int_equal(text.severity, 6);
    line = message(EVENT_OUTGOING_CALL_MISSED, out, 4);
    assert_string_equal(field(line, 3), "1000000042@pbx.example.org");
    assert_string_equal(field(line, 5), "Outgoing call. call number");
    assert_string_equal(field(line, 8), "call was no accepted");
    /* Nobody was even asked: the number dialled is what there is. */
    line = message(EVENT_OUTGOING_CALL_MISSED, unknown, 2);
    assert_string_equal(field(line, 3), "9999@10.1.1.250");
    assert_string_equal(field(line, 8), "call was no accepted");
    /* A call to us is none of these. */
    assert_string_equal(message(EVENT_CALL_ANSWERED, in, 4),
                        "EVENT:905:sip:1@h:Incoming call answered");
}

static void test_doors(void **state)
{
    const struct event_field call[] = {{"lock", "1"}, {"by", "sip:2001@10.0.0.5:5062"}};
    const struct event_field api[] = {{"lock", "2"}, {"by", "10.0.0.9"}};
    const char *line = message(EVENT_OPENED_BY_CALL, call, 2);

    (void)state;
    assert_string_equal(line, "EVENT:901:1:sip:2001@10.0.0.5:Door 1 opened by call host");
    assert_string_equal(field(line, 4), "2001@10.0.0.5");
    assert_string_equal(field(line, 5), "Door 1 opened by call host");
    assert_int_equal(text.severity, 5);
    assert_string_equal(message(EVENT_OPENED_BY_BUTTON, call, 1),
                        "EVENT:105:Door opened by exit button");
    assert_string_equal(message(EVENT_OPENED_BY_API, api, 2),
                        "EVENT:911:2:10.0.0.9:Lock 2 opened by API");
    line = message(EVENT_LOCK_STUCK, call, 1);
    assert_string_equal(line, "EVENT:914:1::Lock 1 does not close");
    assert_int_equal(text.severity, 1);
}

/* The same of an event as it lies in the log. */
static const char *logged(const char *name, const char *fields)
{
    const struct entry_parts parts = {1, 1, name, "access", "medium", "canary", fields};
    struct entry *entry = NULL;

    assert_int_equal(entry_new(&parts, &entry), 0);
    assert_true(syslog_text_of(entry, &text));
    entry_free(entry);
    return text.text;
}

static void test_identifiers(void **state)
{
    const char *line =
        logged("access_granted_by_valid_identifier",
               "{\"number\":\"00-00-00-1A-2B-3C-4D\",\"owner\":\"Flat 7: Door, opened\","
               "\"type\":\"card\",\"lock\":1}");

    (void)state;
    assert_string_equal(line,
                        "EVENT:931:1:Flat 7. door. opened:0000001A2B3C4D::Door opened by card. "
                        "Info:card");
    assert_string_equal(field(line, 4), "0000001A2B3C4D");
    assert_string_equal(field(line, 6), "Door opened by card. Info");
    line = logged("access_granted_by_valid_identifier",
                  "{\"number\":\"4711\",\"owner\":\"O\",\"type\":\"inputCode\",\"lock\":\"all\"}");
    assert_string_equal(field(line, 2), "4711");
    assert_string_equal(field(line, 6), "Door opened by access code. Info");
    line = logged("access_granted_by_valid_identifier",
                  "{\"number\":\"x\",\"owner\":\"O\",\"type\":\"qr\",\"lock\":2}");
    assert_string_equal(line, "EVENT:933:2:O:qr:Door opened by identifier");
    line = logged("access_granted_by_master_code", "{\"number\":\"****\"}");
    assert_string_equal(line, "EVENT:100:****:Door opened by general access code:****");
    line = logged("access_denied_by_unknown_card", "{\"card\":\"1A:2B:3C:4D\"}");
    assert_string_equal(line, "EVENT:943:1A2B3C4D:Access denied, unknown card");
}

static void test_sensor(void **state)
{
    (void)state;
    assert_string_equal(field(logged("door_sensor_was_opened", "{}"), 2),
                        "Door was opened with door sensor");
    assert_string_equal(field(logged("door_sensor_was_closed", "{}"), 2),
                        "Door was closed with door sensor");
    assert_string_equal(logged("door_was_not_closed_too_long", "{\"seconds\":\"60\"}"),
                        "EVENT:953:60:Door was not closed too long");
}

/* Whoever adds an event says what receivers are told of it. */
static void test_every_event_has_its_row(void **state)
{
    (void)state;
    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        print_message("# %s\n", event_name((enum event_kind)kind));
        assert_string_not_equal(message((enum event_kind)kind, NULL, 0), "");
    }
}

/* Templates. */
static void test_cards_and_codes(void **state)
{
    char buf[200], with_number[200];

    (void)state;
    syslog_text_fill("EVENT:931:{lock}::{number#}:{owner}:Door opened by card. Info:{type}",
                     "{\"number\":\"00:00:00:1a-2b-3c-4d\",\"lock\":2,\"owner\":\"O, N: x\"}", buf,
                     sizeof(buf));
    assert_string_equal(buf, "EVENT:931:2::0000001A2B3C4D:O. N. x:Door opened by card. Info:");
    assert_string_equal(field(buf, 4), "0000001A2B3C4D");
    assert_string_equal(field(buf, 6), "Door opened by card. Info");
    syslog_text_fill("{a}|{b@}|{c|d}|{c|c}|{n}", "{\"a\":true,\"b\":\"\",\"d\":\"D\",\"n\":-7}",
                     with_number, sizeof(with_number));
    assert_string_equal(with_number, "||D||-7");
    syslog_text_fill("{a", "no JSON", buf, sizeof(buf)); /* a mistake of ours ends somewhere */
    assert_string_equal(buf, "");
}

static void check_address(const char *uri, const char *want)
{
    char fields[200], buf[200];

    (void)snprintf(fields, sizeof(fields), "{\"u\":\"%s\"}", uri);
    syslog_text_fill("{u@}", fields, buf, sizeof(buf));
    assert_string_equal(buf, want);
}

static void test_addresses(void **state)
{
    (void)state;
    check_address("sip:101@host", "101@host");
    check_address("sips:101@host:5061;transport=tls", "101@host");
    check_address("SIP:101@host?a=b", "101@host");
    check_address("101", "101");
    check_address("sip:10.0.0.7:5060", "10.0.0.7");
    check_address("sip:101@[2001:db8::7]:5060", "101@[2001.db8..7");
    check_address("sip:a:b@host", "a.b@host");
    check_address("sip:", "");
    check_address("", "");
}

static bool opens_doors(const char *line)
{
    return strstr(line, "Door") && strstr(line, "opened");
}

/* One receiver opens doors at "Door" with "opened"; others at texts in their fields. */
static void test_strangers_cannot_open(void **state)
{
    static const char *const evil[] = {
        "sip:Door 1 opened@h", "sip:x@h:1:Door 1 opened by call host",
        "sip:1@h,:::Door 1 opened by call host", "sip:DoorDoor@opened"};

    (void)state;
    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        bool is_door = opens_doors(message((enum event_kind)kind, NULL, 0));

        for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
            const struct event_field fields[] = {
                {"uri", evil[i]}, {"number", evil[i]}, {"by", evil[i]}, {"reason", evil[i]}};
            const char *line = message((enum event_kind)kind, fields, 4);

            assert_null(strstr(line, "canary"));
            assert_true(is_door || !opens_doors(line)); /* by our words only, never by theirs */
            assert_null(strstr(line, ":Door 1 opened by call host"));
        }
    }
}

static void test_bounds(void **state)
{
    static char value[400];
    const struct event_field fields[] = {
        {"uri", value}, {"number", value}, {"by", value}, {"reason", value}};

    (void)state;
    memset(value, 'n', sizeof(value) - 1);
    for (int kind = 0; kind < EVENT_KINDS; kind++)
        assert_true(strlen(message((enum event_kind)kind, fields, 4)) < SYSLOG_TEXT_SIZE);
    assert_int_equal(strlen(message(EVENT_INCOMING_CALL, fields, 1)),
                     strlen("EVENT:904:sip::Incoming call") + SYSLOG_TEXT_MAX_VALUE);
    syslog_text_fill("0123456789", "{}", text.text, 5);
    assert_string_equal(text.text, "0123");
}

/* A line end in a value would be a line of its own. */
static void test_no_line_ends(void **state)
{
    char buf[100];

    (void)state;
    syslog_text_fill("{a}", "{\"a\":\"1\\n<1>2\\r\\t\\u007f\"}", buf, sizeof(buf));
    assert_string_equal(buf, "1?<1>2???");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_doors),
        cmocka_unit_test(test_identifiers),
        cmocka_unit_test(test_sensor),
        cmocka_unit_test(test_every_event_has_its_row),
        cmocka_unit_test(test_cards_and_codes),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_strangers_cannot_open),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_no_line_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
