/* SPDX-License-Identifier: MIT */
#include "http/response.h"

#include <microhttpd.h>
#include <stdint.h>
#include <stdlib.h>

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

struct response *response_json(const char *text, size_t len)
{
    struct response *response = make(text, len, MHD_RESPMEM_MUST_COPY);

    response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    return response;
}

struct response *response_static(const void *data, size_t len)
{
    return make(data, len, MHD_RESPMEM_PERSISTENT);
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
