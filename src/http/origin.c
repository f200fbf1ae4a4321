/* SPDX-License-Identifier: MIT */
#include "http/origin.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* Length of host without the port that goes without saying, as browsers leave it out. */
static size_t len_without(const char *host, const char *port)
{
    size_t len = strlen(host);
    size_t port_len = strlen(port);

    if (len > port_len && strcmp(host + len - port_len, port) == 0)
        return len - port_len;
    return len;
}

static bool is_same_host(const char *origin, const char *host)
{
    const char *port;
    size_t origin_len;
    size_t host_len;

    if (strncasecmp(origin, "http://", 7) == 0) {
        origin += 7;
        port = ":80";
    } else if (strncasecmp(origin, "https://", 8) == 0) {
        origin += 8;
        port = ":443";
    } else {
        return false; /* "null" and other schemes */
    }
    origin_len = len_without(origin, port);
    host_len = len_without(host, port);
    return origin_len > 0 && origin_len == host_len && strncasecmp(origin, host, host_len) == 0;
}

bool origin_is_foreign(const char *sec_fetch_site, const char *origin, const char *host)
{
    if (sec_fetch_site && (strcasecmp(sec_fetch_site, "cross-site") == 0 ||
                           strcasecmp(sec_fetch_site, "same-site") == 0))
        return true;
    if (!origin)
        return false;
    return !host || !is_same_host(origin, host);
}
