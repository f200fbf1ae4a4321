/* SPDX-License-Identifier: MIT */
#include "panel/photo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "media/camera.h"
#include "settings/device_settings.h"

struct job {
    panel_photo_fn *done;
    void *arg;
};

static void on_taken(struct jpeg *jpeg, int err, void *arg)
{
    struct job *job = arg;

    job->done(jpeg ? jpeg->data : NULL, jpeg ? jpeg->len : 0, err, job->arg);
    free(job);
}

int photo_take(struct camera *camera, const struct device_settings *device, panel_photo_fn *done,
               void *arg)
{
    const struct device_resolution size = device_settings_resolution(device);
    struct camera_shot shot = {.width = size.width, .height = size.height, .fps = device->fps};
    struct job *job;
    int err;

    if (!camera)
        return ENOTSUP;
    job = calloc(1, sizeof(*job));
    if (!job)
        return ENOMEM;
    *job = (struct job){done, arg};
    memcpy(shot.timezone, device->timezone, sizeof(shot.timezone));
    err = camera_take(camera, &shot, on_taken, job);
    if (err)
        free(job);
    return err;
}
