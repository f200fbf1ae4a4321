/* SPDX-License-Identifier: MIT */
/* client.h - one HTTP request to the panel that runs on a state directory, by the socket in it.
 * Blocks. */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include <stddef.h>

#define CLIENT_SOCKET_NAME "portero.sock"

struct client_request {
    const char *state;  /* the state directory */
    const char *method; /* "GET" */
    const char *path;   /* "/api/v1/..." */
    const char *body;   /* JSON, or NULL */
    unsigned timeout_s; /* for all of it */
};

struct client_answer {
    int status;
    const char *body; /* with a NUL behind it */
    char *data;       /* owned */
    size_t size;
};

/* Ask, and wait for the answer.
 * Returns 0; ENOENT or ECONNREFUSED (no panel runs there), EACCES (not for this user), ECONNRESET
 * (it does not serve this user), ETIMEDOUT, EMSGSIZE (more than ANSWER_MAX_BYTES), EBADMSG (no HTTP
 * answer), or another errno value. After 0 the answer is to be freed by client_answer_done. */
int client_ask(const struct client_request *request, struct client_answer *ret_answer);

/* Wipes and frees. */
void client_answer_done(struct client_answer *answer);

#endif
