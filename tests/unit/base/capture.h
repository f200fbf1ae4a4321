/* SPDX-License-Identifier: MIT */
/* capture.h - stderr as a pipe, to read what was logged. Assertions come after capture_end:
 * their words would be caught too. */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <stddef.h>

struct capture {
    int stderr_fd; /* the real one, kept */
    int read_fd;
};

/* stderr goes into a pipe from now on, whose writing end blocks. */
void capture_begin(struct capture *capture);

/* What has come since, as text, cut at size. */
void capture_read(struct capture *capture, char *buf, size_t size);

/* Write to stderr until not one more byte fits. Returns how many did. */
size_t capture_fill(void);

/* stderr is the real one again. */
void capture_end(struct capture *capture);

#endif
