/* SPDX-License-Identifier: MIT */
/* ask.h - one question to the running panel, with the words for what goes wrong. Blocks. */
#ifndef CLI_ASK_H
#define CLI_ASK_H

struct json_t;

enum {
    ASK_ANSWER_S = 40,
    ASK_CHECK_S = 75, /* a check takes its time */
};

enum ask_result {
    ASK_ANSWERED, /* with 200 */
    ASK_FAILED,   /* why is said on standard error */
    ASK_NOBODY,   /* no panel runs on this state directory; nothing is said */
};

struct ask {
    const char *state; /* the state directory */
    const char *method;
    const char *path;
    const struct json_t *body; /* NULL: none; may hold secrets */
    unsigned timeout_s;        /* 0: ASK_ANSWER_S */
};

/* ret_root: the answer as JSON; set only by ASK_ANSWERED; the caller's. */
enum ask_result ask_panel(const struct ask *ask, struct json_t **ret_root);

/* The same for those who need a running panel: says so if there is none. Returns 0 or 1, as exit
 * code. */
int ask_or_say(const struct ask *ask, struct json_t **ret_root);

/* One line on standard error: portero: WHAT: WHY. Returns 1. */
int ask_fail(const char *what, const char *why);

/* Print root on one line. Returns 0 or 1, as exit code. */
int ask_print_json(const struct json_t *root);

#endif
