/* SPDX-License-Identifier: MIT */
/* camera_v4l2.h - a camera of the kernel (Video4Linux), read by mmap: motion JPEG if it has that,
 * else YUYV. Opened at the first picture and left running, so that the next one is there within a
 * frame's time; closed when it fails. */
#ifndef MEDIA_CAMERA_V4L2_H
#define MEDIA_CAMERA_V4L2_H

struct camera_source;

/* path: "/dev/video0"; copied. Opens nothing. Returns 0 or ENOMEM; caller owns *ret_source, free
 * with its free. Its take returns, besides others, ENODEV (no camera, or not such a one) and
 * ETIMEDOUT. */
int camera_v4l2_new(const char *path, struct camera_source **ret_source);

#endif
