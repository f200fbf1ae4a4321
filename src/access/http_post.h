/* SPDX-License-Identifier: MIT */
/* http_post.h - one JSON body by POST to a server of somebody else, in our loop, by libcurl, which
 * is loaded when the first one is made. Loop thread only. Never blocks (but for the loading). */
#ifndef ACCESS_HTTP_POST_H
#define ACCESS_HTTP_POST_H

#include <stddef.h>

struct http_post;   /* one that is under way */
struct http_poster; /* the library in our loop */

enum { HTTP_POST_MAX_ANSWER = 64 * 1024, HTTP_POST_MAX_WHY = 256 };

/* Returns 0, ELIBACC (the library cannot be loaded; why says so) or another errno value.
 * Caller owns *ret_poster. */
int http_poster_new(char why[HTTP_POST_MAX_WHY], struct http_poster **ret_poster);

/* Ends all that is under way; nobody is told. NULL is fine; returns NULL. */
struct http_poster *http_poster_free(struct http_poster *poster);

/* All borrowed for the time of the call. */
struct http_post_request {
    const char *url;    /* http:// is put before one without a scheme; the rest stays as it is */
    const char *body;   /* JSON */
    const char *ca_pem; /* CAs to trust besides the system's; "": none */
};

/* err: 0: an answer came, with any status; EFBIG: it is longer than HTTP_POST_MAX_ANSWER; EIO: none
 * came, why says why, without the URL. body is borrowed for the time of the call. post is freed
 * after it. */
typedef void http_post_done_fn(int err, unsigned status, const char *body, size_t len,
                               const char *why, void *arg);

/* Certificates are checked, redirects are not followed, no proxy is used. done: called once, from
 * the loop, never from inside this call, unless it fails or the post is ended before. There is no
 * time limit but http_post_end. Returns 0 or an errno value. */
int http_post_start(struct http_poster *poster, const struct http_post_request *request,
                    http_post_done_fn *done, void *arg, struct http_post **ret_post);

/* Give up; done is not called. NULL is fine; returns NULL. Not from inside done for that post. */
struct http_post *http_post_end(struct http_post *post);

#endif
