/* SPDX-License-Identifier: MIT */
/* camera.h - the panel's camera: single pictures, taken on a thread of its own. Loop thread only;
 * never blocks, unless said otherwise. */
#ifndef MEDIA_CAMERA_H
#define MEDIA_CAMERA_H

#include <stdbool.h>

#include "media/jpeg.h"
#include "settings/timezone.h"

struct camera;

enum { CAMERA_MAX_WAITING = 8, CAMERA_MAX_NAME = 95 };

/* What is wanted. A camera gives the size that comes nearest. */
struct camera_shot {
    unsigned width, height, fps;
    char timezone[TIMEZONE_MAX_LEN + 1]; /* of the date in a test picture */
};

/* The first member of each kind's struct. Both are called on the camera's thread, and may block. */
struct camera_source {
    /* Returns 0 or an errno value; caller owns ret_jpeg->data. */
    int (*take)(struct camera_source *source, const struct camera_shot *shot,
                struct jpeg *ret_jpeg);
    /* When no take runs. */
    void (*free)(struct camera_source *source);
};

/* Is text one of "v4l2:/dev/video0", "sim" and "none"? Pure. */
bool camera_is_known(const char *text);

/* Make such a one; for "none" *ret_camera is NULL. Opens nothing. Returns 0, EINVAL (not known) or
 * ENOMEM; caller owns *ret_camera. */
int camera_new(const char *text, struct camera **ret_camera);

/* Pictures that wait fail; one that is being taken is not waited for: it, the thread and what they
 * use are left to the end of the process. Only when the loop no longer runs. NULL is fine; returns
 * NULL. */
struct camera *camera_free(struct camera *camera);

/* jpeg: taken over, free its data; NULL if err is an errno value. */
typedef void camera_done_fn(struct jpeg *jpeg, int err, void *arg);

/* Take a picture; done is called once, later. Returns 0, EBUSY (CAMERA_MAX_WAITING wait) or ENOMEM,
 * EAGAIN; then done is not called. */
int camera_take(struct camera *camera, const struct camera_shot *shot, camera_done_fn *done,
                void *arg);

/* "v4l2:/dev/video0". Borrowed. */
const char *camera_name(const struct camera *camera);

#endif
