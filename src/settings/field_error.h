/* SPDX-License-Identifier: MIT */
/* field_error.h - what is wrong with a body that a client sent: where and why, in words
 * that the API, the page and the command line all print. Pure functions, any thread. */
#ifndef SETTINGS_FIELD_ERROR_H
#define SETTINGS_FIELD_ERROR_H

/* Bad input is not an errno. A value: copy by =. Never holds what was sent, which may
 * be a secret. */
struct field_error {
    char field[32];   /* "stun.ip"; "" if no single member is to blame */
    char reason[128]; /* "must have 1 to 31 characters" */
    char error[160];  /* the API's `error` text: "Wrong JSON body: value `user` is not valid" */
};

/* The body as a whole is no JSON object. */
void field_error_body(struct field_error *ret_error, const char *reason);

/* A member that is needed was left out. */
void field_error_missing(struct field_error *ret_error, const char *field);

/* reason: "must be a text", in plain words. */
void field_error_type(struct field_error *ret_error, const char *field, const char *reason);

/* The type is right, the value is not. reason: "must have 1 to 31 characters". */
void field_error_value(struct field_error *ret_error, const char *field, const char *reason);

#endif
