/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/arguments.h"
#include "cli/ask.h"
#include "cli/assign.h"
#include "cli/show.h"
#include "cli/terminal.h"

#define STATUS_PATH "/api/v1/sip/status"
#define SETTINGS_PATH "/api/v1/device/sip/settings"
#define PASSWORD_PATH "/api/portero/v1/password"
#define ACCOUNT_PATH "/api/portero/v1/sip/accounts/"
#define OPEN_PATH "/api/v1/access/general/lock/open/remote/accepted/"
#define CALL_START_PATH "/api/v1/system/debug/call/start"
#define CALL_END_PATH "/api/v1/system/debug/call/end"
#define CALL_STATUS_PATH "/api/v1/system/call/status"

const char cli_help[] =
    "  status                         is it registered, and if not, why not\n"
    "  call NUMBER                    call a flat, a number or sip:user@host\n"
    "  hangup                         end the call\n"
    "  open [N]                       open lock N: 1 (without N), 2, or 0 for both\n"
    "  settings [get]                 the SIP settings\n"
    "  settings set MEMBER=VALUE ...  change some; stun.ip=..; password= asks for it\n"
    "  password                       a new password for admin\n"
    "  check                          try the SIP settings step by step, and say what to do\n";

/* One call of the command line. */
struct call {
    const struct arguments *arguments;
    const char *state;
    cli_check_fn *check_alone;
    void *arg;
};

static int wrong_use(const char *what)
{
    (void)fprintf(stderr, "portero: %s (see portero --help)\n", what);
    return CLI_WRONG_USE;
}

static int get(const struct call *call, const char *path, json_t **ret_root)
{
    const struct ask ask = {.state = call->state, .method = "GET", .path = path};

    return ask_or_say(&ask, ret_root);
}

static int post(const struct call *call, const char *path, const json_t *body)
{
    const struct ask ask = {.state = call->state, .method = "POST", .path = path, .body = body};
    json_t *root = NULL;
    int code = ask_or_say(&ask, &root);

    if (!code && call->arguments->is_json)
        code = ask_print_json(root);
    json_decref(root);
    return code;
}

/* ---- status, settings get ---- */

static int get_and_show(const struct call *call, const char *path,
                        void (*show)(const struct json_t *root))
{
    json_t *root = NULL;
    int code = get(call, path, &root);

    if (code)
        return code;
    if (call->arguments->is_json)
        code = ask_print_json(root);
    else
        show(root);
    json_decref(root);
    return code;
}

static int run_status(const struct call *call)
{
    if (call->arguments->n_words)
        return wrong_use("status takes no words");
    return get_and_show(call, STATUS_PATH, show_status);
}

/* ---- settings set ---- */

/* "password=": not on the command line, which others can read. */
static int assign_asked(json_t *settings, const char *word)
{
    char line[TERMINAL_MAX_LINE + 1];
    int err = terminal_ask_secret("SIP password: ", line);

    if (err)
        return ask_fail("no password", strerror(err));
    err = assign(settings, word, line);
    explicit_bzero(line, sizeof(line));
    return err ? ask_fail("password", strerror(err)) : EXIT_SUCCESS;
}

static int assign_word(json_t *settings, const char *word)
{
    int err;

    if (assign_is_empty(word, "password"))
        return assign_asked(settings, word);
    err = assign(settings, word, NULL);
    if (!err)
        return EXIT_SUCCESS;
    (void)fprintf(stderr,
                  "portero: %.*s is no setting: MEMBER=VALUE is needed (see portero settings)\n",
                  (int)strcspn(word, "="), word);
    return CLI_WRONG_USE;
}

static int run_set(const struct call *call)
{
    const struct arguments *arguments = call->arguments;
    json_t *settings = NULL;
    int code;

    if (arguments->n_words < 2)
        return wrong_use("settings set needs MEMBER=VALUE");
    code = get(call, SETTINGS_PATH, &settings);
    for (unsigned i = 1; i < arguments->n_words && !code; i++)
        code = assign_word(settings, arguments->words[i]);
    if (!code)
        code = post(call, SETTINGS_PATH, settings);
    json_decref(settings);
    return code;
}

static int run_settings(const struct call *call)
{
    const struct arguments *arguments = call->arguments;
    const char *word = arguments->n_words ? arguments->words[0] : "get";

    if (!strcmp(word, "set"))
        return run_set(call);
    if (strcmp(word, "get") != 0 || arguments->n_words > 1)
        return wrong_use("settings takes get, or set MEMBER=VALUE ...");
    return get_and_show(call, SETTINGS_PATH, show_settings);
}

/* ---- password ---- */

/* Twice where nobody sees what is typed. Returns an exit code. */
static int ask_new_password(char line[TERMINAL_MAX_LINE + 1])
{
    char again[TERMINAL_MAX_LINE + 1];
    bool is_same;
    int err = terminal_ask_secret("New password for admin: ", line);

    if (err)
        return ask_fail("no password", strerror(err));
    if (!terminal_is_there())
        return EXIT_SUCCESS;
    err = terminal_ask_secret("Once more: ", again);
    is_same = !err && !strcmp(line, again);
    explicit_bzero(again, sizeof(again));
    if (is_same)
        return EXIT_SUCCESS;
    return ask_fail("no password", err ? strerror(err) : "the two are not the same");
}

static int run_password(const struct call *call)
{
    char line[TERMINAL_MAX_LINE + 1];
    json_t *body;
    int code;

    if (call->arguments->n_words)
        return wrong_use("password takes no words: it asks");
    code = ask_new_password(line);
    if (!code) {
        body = json_pack("{s:s}", "new_password", line);
        code = body ? post(call, PASSWORD_PATH, body)
                    : ask_fail("password", "must have 1 to 32 printable ASCII characters");
        json_decref(body);
    }
    explicit_bzero(line, sizeof(line));
    return code;
}

/* ---- check ---- */

enum { ACCOUNTS = 2 };

static enum ask_result ask_account(const struct call *call, const char *method, unsigned account,
                                   const char *what, json_t **ret_root)
{
    char path[sizeof(ACCOUNT_PATH) + 24];
    const struct ask ask = {
        .state = call->state, .method = method, .path = path, .timeout_s = ASK_CHECK_S};

    (void)snprintf(path, sizeof(path), ACCOUNT_PATH "%u/%s", account, what);
    return ask_panel(&ask, ret_root);
}

static enum ask_result is_account_set(const struct call *call, unsigned account, bool *ret_is_set)
{
    json_t *status = NULL;
    enum ask_result result = ask_account(call, "GET", account, "status", &status);

    *ret_is_set = json_is_true(json_object_get(json_object_get(status, "detail"), "set"));
    json_decref(status);
    return result;
}

/* *ret_report stays NULL if the account is not set; but if none is, that is the first one's fault.
 * Returns an exit code. */
static int check_account(const struct call *call, unsigned account, json_t **ret_report)
{
    bool is_set[ACCOUNTS] = {false};
    enum ask_result result = ASK_ANSWERED;

    for (unsigned i = 0; i < ACCOUNTS && result == ASK_ANSWERED; i++)
        result = is_account_set(call, i + 1, &is_set[i]);
    if (result == ASK_ANSWERED) {
        if (!is_set[account - 1] && (account > 1 || is_set[1]))
            return EXIT_SUCCESS;
        result = ask_account(call, "POST", account, "check", ret_report);
    }
    if (result == ASK_NOBODY)
        return call->check_alone(account, ret_report, call->arg);
    return result == ASK_ANSWERED ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int show_report(const struct call *call, unsigned account, const json_t *report)
{
    int code;

    if (!call->arguments->is_json) {
        if (account > 1)
            (void)puts("second account:");
        return show_check(report);
    }
    code = ask_print_json(report);
    return json_is_true(json_object_get(report, "ok")) ? code : EXIT_FAILURE;
}

/* The first fault ends it. */
static int run_check(const struct call *call)
{
    int code = EXIT_SUCCESS;

    if (call->arguments->n_words)
        return wrong_use("check takes no words");
    for (unsigned account = 1; account <= ACCOUNTS && !code; account++) {
        json_t *report = NULL;

        code = check_account(call, account, &report);
        if (!code && report)
            code = show_report(call, account, report);
        json_decref(report);
    }
    return code;
}

/* ---- call, hangup ---- */

static int run_call(const struct call *call)
{
    const struct arguments *arguments = call->arguments;
    json_t *body;
    int code;

    if (arguments->n_words != 1)
        return wrong_use("call needs one number");
    body = json_pack("{s:s}", "number", arguments->words[0]);
    code = body ? post(call, CALL_START_PATH, body) : ask_fail("call", "no number in UTF-8");
    json_decref(body);
    return code;
}

static bool is_call_running(const json_t *status)
{
    const char *state = json_string_value(json_object_get(status, "state"));

    return state && strcmp(state, "idle") != 0 && strcmp(state, "ended") != 0;
}

static int run_hangup(const struct call *call)
{
    json_t *status = NULL;
    int code;

    if (call->arguments->n_words)
        return wrong_use("hangup takes no words");
    code = get(call, CALL_STATUS_PATH, &status);
    if (!code && !is_call_running(status))
        code = ask_fail("hangup", "no call runs");
    if (!code)
        code = post(call, CALL_END_PATH, NULL);
    json_decref(status);
    return code;
}

/* ---- open ---- */

static int run_open(const struct call *call)
{
    const struct arguments *arguments = call->arguments;
    const char *number = arguments->n_words ? arguments->words[0] : "1";
    char path[sizeof(OPEN_PATH) + 1];

    if (arguments->n_words > 1 || strlen(number) != 1 || !strchr("012", number[0]))
        return wrong_use("open takes a lock's number: 1, 2, or 0 for both");
    (void)snprintf(path, sizeof(path), OPEN_PATH "%s", number);
    return post(call, path, NULL);
}

/* ---- all of them ---- */

static const struct verb {
    const char *name;
    int (*run)(const struct call *call);
} verbs[] = {
    {"status", run_status}, {"settings", run_settings}, {"password", run_password},
    {"check", run_check},   {"open", run_open},         {"call", run_call},
    {"hangup", run_hangup},
};

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (!strcmp(verbs[i].name, name))
            return &verbs[i];
    }
    return NULL;
}

bool cli_has_verb(const char *verb)
{
    return find_verb(verb);
}

int cli_run(const struct arguments *arguments, const char *state, cli_check_fn *check_alone,
            void *arg)
{
    const struct call call = {
        .arguments = arguments, .state = state, .check_alone = check_alone, .arg = arg};

    return find_verb(arguments->verb)->run(&call);
}
