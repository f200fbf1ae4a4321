/* SPDX-License-Identifier: MIT */
/* response.h - what an answer consists of, besides its status. Counted, so that an answer
 * can be kept and given to many. Loop thread only. Where no memory is left, the response is
 * NULL, which all of these and request_answer take. */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include <stddef.h>
#include <sys/types.h>

struct response;
struct MHD_Response;

/* Other bytes of an API answer, of that Content-Type; not to be stored either. data is copied. */
struct response *response_data(const void *data, size_t len, const char *type);

/* An API answer: JSON on one line, not to be stored by anybody. text is copied. */
struct response *response_json(const char *text, size_t len);

/* data is borrowed for ever (part of the program). No headers yet. */
struct response *response_static(const void *data, size_t len);

/* data is taken, also on failure: freed with the response. No headers yet. */
struct response *response_taken(unsigned char *data, size_t len);

/* Fill buf with the next bytes, at most size. Returns how many, RESPONSE_END, or, if there are none
 * now, what request_pause returns. */
typedef ssize_t response_read_fn(char *buf, size_t size, void *arg);
typedef void response_gone_fn(void *arg);

enum { RESPONSE_END = -1 };

/* An answer of unknown length, made while it is sent: for one request_answer_stream, which says
 * when read is called. gone is called once, when nothing calls read any more; not if this returns
 * NULL. */
struct response *response_stream(response_read_fn *read, response_gone_fn *gone, void *arg);

/* Both are copied. Only while it has one owner. */
void response_header(struct response *response, const char *name, const char *value);

/* One more owner. */
struct response *response_share(struct response *response);

/* One owner less; freed with the last. Returns NULL. */
struct response *response_free(struct response *response);

/* For the server. Borrowed. */
struct MHD_Response *response_mhd(struct response *response);

#endif
