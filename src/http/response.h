/* SPDX-License-Identifier: MIT */
/* response.h - what an answer consists of, besides its status. Counted, so that an answer
 * can be kept and given to many. Loop thread only. Where no memory is left, the response is
 * NULL, which all of these and request_answer take. */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include <stddef.h>

struct response;
struct MHD_Response;

/* An API answer: JSON on one line, not to be stored by anybody. text is copied. */
struct response *response_json(const char *text, size_t len);

/* data is borrowed for ever (part of the program). No headers yet. */
struct response *response_static(const void *data, size_t len);

/* Both are copied. Only while it has one owner. */
void response_header(struct response *response, const char *name, const char *value);

/* One more owner. */
struct response *response_share(struct response *response);

/* One owner less; freed with the last. Returns NULL. */
struct response *response_free(struct response *response);

/* For the server. Borrowed. */
struct MHD_Response *response_mhd(struct response *response);

#endif
