/* SPDX-License-Identifier: MIT */
#include "http/response.h"

#include <microhttpd.h>
#include <stdint.h>
#include <stdlib.h>

/* The library wants to hear it, though it has its buffers already. */
enum { STREAM_BLOCK_BYTES = 1024 };

struct response {
    struct MHD_Response *mhd;
    unsigned owners;
};

static struct response *make(const void *data, size_t len, enum MHD_ResponseMemoryMode mode)
{
    struct response *response = calloc(1, sizeof(*response));

    if (!response)
        return NULL;
    response->owners = 1;
    /* The library takes a plain pointer, but changes nothing. */
    response->mhd = MHD_create_response_from_buffer(len, (void *)(uintptr_t)data, mode);
    if (!response->mhd) {
        free(response);
        return NULL;
    }
    return response;
}

struct response *response_data(const void *data, size_t len, const char *type)
{
    struct response *response = make(data, len, MHD_RESPMEM_MUST_COPY);

    response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    return response;
}

struct response *response_json(const char *text, size_t len)
{
    return response_data(text, len, "application/json");
}

struct response *response_static(const void *data, size_t len)
{
    return make(data, len, MHD_RESPMEM_PERSISTENT);
}

struct response *response_taken(unsigned char *data, size_t len)
{
    struct response *response = make(data, len, MHD_RESPMEM_MUST_FREE);

    if (!response)
        free(data);
    return response;
}

struct stream {
    response_read_fn *read;
    response_gone_fn *gone;
    void *arg;
};

static ssize_t on_read(void *cls, uint64_t at, char *buf, size_t size)
{
    const struct stream *stream = cls;
    ssize_t len = stream->read(buf, size, stream->arg);

    (void)at;
    return len == RESPONSE_END ? MHD_CONTENT_READER_END_OF_STREAM : len;
}

static void on_gone(void *cls)
{
    struct stream *stream = cls;

    stream->gone(stream->arg);
    free(stream);
}

struct response *response_stream(response_read_fn *read, response_gone_fn *gone, void *arg)
{
    struct response *response = calloc(1, sizeof(*response));
    struct stream *stream = calloc(1, sizeof(*stream));

    if (!response || !stream)
        goto out;
    *stream = (struct stream){read, gone, arg};
    response->owners = 1;
    response->mhd = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK_BYTES, on_read,
                                                      stream, on_gone);
out:
    if (response && response->mhd)
        return response;
    free(stream);
    free(response);
    return NULL;
}

void response_header(struct response *response, const char *name, const char *value)
{
    if (response)
        (void)MHD_add_response_header(response->mhd, name, value);
}

struct response *response_share(struct response *response)
{
    if (response)
        response->owners++;
    return response;
}

struct response *response_free(struct response *response)
{
    if (response && --response->owners == 0) {
        MHD_destroy_response(response->mhd);
        free(response);
    }
    return NULL;
}

struct MHD_Response *response_mhd(struct response *response)
{
    return response->mhd;
}
