/* SPDX-License-Identifier: MIT */
/* page.h - the files of the page at "/". Loop thread only. Never blocks. */
#ifndef HTTP_PAGE_H
#define HTTP_PAGE_H

struct request;

/* Serve a request whose path is not the API's. */
void page_serve(struct request *request);

#endif
