/* SPDX-License-Identifier: MIT */
/* origin.h - did a browser send this request for a page of another site? Pure functions. */
#ifndef HTTP_ORIGIN_H
#define HTTP_ORIGIN_H

#include <stdbool.h>

/* True if a request that changes state must be refused. The headers Sec-Fetch-Site, Origin
 * and Host, each NULL if absent. Clients that are no browsers send none of the first two
 * and are never foreign. */
bool origin_is_foreign(const char *sec_fetch_site, const char *origin, const char *host);

#endif
