/* SPDX-License-Identifier: MIT */
#include "media/camera.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/worker.h"
#include "media/camera_sim.h"
#include "media/camera_v4l2.h"

#define V4L2 "v4l2:"

struct camera {
    struct camera_source *source; /* the worker's */
    struct worker *worker;
    unsigned n_jobs;
    char name[CAMERA_MAX_NAME + 1];
};

struct job {
    struct camera *camera;
    struct camera_shot shot;
    camera_done_fn *done;
    void *arg;
    struct jpeg jpeg;
    int err;
};

/* Returns the path in "v4l2:/path", else NULL. */
static const char *device_path(const char *text)
{
    size_t len = strlen(V4L2);

    return strncmp(text, V4L2, len) == 0 && text[len] == '/' && strlen(text) <= CAMERA_MAX_NAME
               ? text + len
               : NULL;
}

bool camera_is_known(const char *text)
{
    return strcmp(text, "none") == 0 || strcmp(text, "sim") == 0 || device_path(text);
}

static int make_source(const char *text, struct camera_source **ret_source)
{
    return strcmp(text, "sim") == 0 ? camera_sim_new(ret_source)
                                    : camera_v4l2_new(device_path(text), ret_source);
}

int camera_new(const char *text, struct camera **ret_camera)
{
    struct camera *camera;
    int err;

    *ret_camera = NULL;
    if (!camera_is_known(text))
        return EINVAL;
    if (strcmp(text, "none") == 0)
        return 0;
    camera = calloc(1, sizeof(*camera));
    if (!camera)
        return ENOMEM;
    (void)snprintf(camera->name, sizeof(camera->name), "%s", text);
    err = make_source(text, &camera->source);
    if (!err)
        err = worker_new("camera", CAMERA_MAX_WAITING, &camera->worker);
    if (err)
        camera_free(camera);
    else
        *ret_camera = camera;
    return err;
}

struct camera *camera_free(struct camera *camera)
{
    if (!camera)
        return NULL;
    worker_abandon(camera->worker);
    if (camera->n_jobs)
        return NULL; /* a picture is being taken */
    if (camera->source)
        camera->source->free(camera->source);
    free(camera);
    return NULL;
}

static void take(void *arg)
{
    struct job *job = arg;
    struct camera_source *source = job->camera->source;

    job->err = source->take(source, &job->shot, &job->jpeg);
}

static void on_taken(void *arg)
{
    struct job *job = arg;

    job->camera->n_jobs--;
    job->done(job->err ? NULL : &job->jpeg, job->err, job->arg);
    free(job);
}

int camera_take(struct camera *camera, const struct camera_shot *shot, camera_done_fn *done,
                void *arg)
{
    struct job *job = calloc(1, sizeof(*job));
    int err;

    if (!job)
        return ENOMEM;
    *job =
        (struct job){.camera = camera, .shot = *shot, .done = done, .arg = arg, .err = ECANCELED};
    err = worker_submit(camera->worker, take, on_taken, job);
    if (err)
        free(job);
    else
        camera->n_jobs++;
    return err;
}

const char *camera_name(const struct camera *camera)
{
    return camera->name;
}
