/* SPDX-License-Identifier: MIT */
#include "media/camera_v4l2.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "media/camera.h"

enum {
    BUFFERS = 3,
    MAX_BUFFERS = 8, /* a driver may insist on more */
    FRAME_MS = 1000, /* at most from one to the next */
    MAX_BAD = 5,     /* frames that the driver marks as damaged, or that are */
};

struct buffer {
    unsigned char *data;
    size_t size;
};

struct source {
    struct camera_source source; /* first */
    char path[CAMERA_MAX_NAME + 1];
    int fd; /* -1: closed */
    struct camera_shot shot;
    unsigned width, height; /* as the driver gives them */
    bool is_jpeg;
    struct buffer buffers[MAX_BUFFERS];
    unsigned n_buffers;
};

static int control(const struct source *source, unsigned long request, void *arg)
{
    int code;

    do
        code = ioctl(source->fd, request, arg);
    while (code < 0 && errno == EINTR);
    return code < 0 ? errno : 0;
}

static void shut(struct source *source)
{
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

    if (source->fd < 0)
        return;
    (void)control(source, VIDIOC_STREAMOFF, &type);
    for (unsigned i = 0; i < source->n_buffers; i++)
        (void)munmap(source->buffers[i].data, source->buffers[i].size);
    source->n_buffers = 0;
    (void)close(source->fd);
    source->fd = -1;
}

static int set_format(struct source *source, const struct camera_shot *shot, unsigned pixels)
{
    struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    struct v4l2_pix_format *pix = &format.fmt.pix;
    int err;

    pix->width = shot->width;
    pix->height = shot->height;
    pix->pixelformat = pixels;
    pix->field = V4L2_FIELD_ANY;
    err = control(source, VIDIOC_S_FMT, &format);
    if (err)
        return err;
    source->is_jpeg = pixels == V4L2_PIX_FMT_MJPEG;
    source->width = pix->width;
    source->height = pix->height;
    if (pix->pixelformat != pixels || pix->width > JPEG_MAX_SIDE || pix->height > JPEG_MAX_SIDE ||
        (!source->is_jpeg && pix->bytesperline && pix->bytesperline != pix->width * 2))
        return ENODEV;
    return 0;
}

/* A camera that cannot be told how often is fine. */
static void set_rate(const struct source *source, unsigned fps)
{
    struct v4l2_streamparm parm = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};

    parm.parm.capture.timeperframe = (struct v4l2_fract){1, fps};
    (void)control(source, VIDIOC_S_PARM, &parm);
}

static struct v4l2_buffer buffer_number(unsigned i)
{
    return (struct v4l2_buffer){
        .index = i, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
}

static int map_buffers(struct source *source)
{
    struct v4l2_requestbuffers wanted = {
        .count = BUFFERS, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    int err = control(source, VIDIOC_REQBUFS, &wanted);

    if (!err && (wanted.count < 2 || wanted.count > MAX_BUFFERS))
        err = ENODEV;
    for (unsigned i = 0; i < wanted.count && !err; i++) {
        struct v4l2_buffer buffer = buffer_number(i);
        void *data;

        err = control(source, VIDIOC_QUERYBUF, &buffer);
        if (err)
            return err;
        data = mmap(NULL, buffer.length, PROT_READ | PROT_WRITE, MAP_SHARED, source->fd,
                    (off_t)buffer.m.offset);
        if (data == MAP_FAILED)
            return errno;
        source->buffers[source->n_buffers++] = (struct buffer){data, buffer.length};
        err = control(source, VIDIOC_QBUF, &buffer);
    }
    return err;
}

static int open_camera(struct source *source, const struct camera_shot *shot)
{
    const unsigned needed = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    struct v4l2_capability capability = {.capabilities = 0};
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    unsigned has;
    int err;

    source->fd = open(source->path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (source->fd < 0)
        return errno;
    source->shot = *shot;
    err = control(source, VIDIOC_QUERYCAP, &capability);
    has = capability.capabilities & V4L2_CAP_DEVICE_CAPS ? capability.device_caps
                                                         : capability.capabilities;
    if (err || (has & needed) != needed)
        return err && err != ENOTTY ? err : ENODEV;
    err = set_format(source, shot, V4L2_PIX_FMT_MJPEG);
    if (err)
        err = set_format(source, shot, V4L2_PIX_FMT_YUYV);
    if (!err) {
        set_rate(source, shot->fps);
        err = map_buffers(source);
    }
    return err ? err : control(source, VIDIOC_STREAMON, &type);
}

/* The next frame that is there; EAGAIN: none. */
static int take_frame(const struct source *source, struct v4l2_buffer *ret_buffer)
{
    int err;

    *ret_buffer = buffer_number(0);
    err = control(source, VIDIOC_DQBUF, ret_buffer);
    if (err)
        return err;
    return ret_buffer->index < source->n_buffers ? 0 : EIO;
}

/* Those that came while nobody asked are old. */
static int drop_old(const struct source *source)
{
    struct v4l2_buffer buffer;
    int err = 0;

    for (unsigned i = 0; i < source->n_buffers && !err; i++) {
        err = take_frame(source, &buffer);
        if (!err)
            err = control(source, VIDIOC_QBUF, &buffer);
    }
    return err == EAGAIN ? 0 : err;
}

static int encode(const struct source *source, const struct v4l2_buffer *buffer,
                  struct jpeg *ret_jpeg)
{
    const struct buffer *mapped = &source->buffers[buffer->index];
    size_t used = buffer->bytesused < mapped->size ? buffer->bytesused : mapped->size;

    if (buffer->flags & V4L2_BUF_FLAG_ERROR)
        return EBADMSG;
    if (source->is_jpeg)
        return jpeg_from_frame(mapped->data, used, ret_jpeg);
    if (used < (size_t)source->width * source->height * 2)
        return EBADMSG;
    return jpeg_from_yuyv(mapped->data, source->width, source->height, ret_jpeg);
}

static int next_picture(const struct source *source, struct jpeg *ret_jpeg)
{
    struct pollfd wait = {.fd = source->fd, .events = POLLIN};
    struct v4l2_buffer buffer;
    int n, err, queue_err;

    n = poll(&wait, 1, FRAME_MS);
    if (n == 0)
        return ETIMEDOUT;
    if (n < 0 || !(wait.revents & POLLIN))
        return n < 0 ? errno : ENODEV;
    err = take_frame(source, &buffer);
    if (err)
        return err == EAGAIN ? EBADMSG : err;
    err = encode(source, &buffer, ret_jpeg);
    queue_err = control(source, VIDIOC_QBUF, &buffer);
    if (!err && queue_err) {
        free(ret_jpeg->data);
        ret_jpeg->data = NULL;
    }
    return queue_err ? queue_err : err;
}

static bool is_same(const struct camera_shot *a, const struct camera_shot *b)
{
    return a->width == b->width && a->height == b->height && a->fps == b->fps;
}

static int take(struct camera_source *arg, const struct camera_shot *shot, struct jpeg *ret_jpeg)
{
    struct source *source = (struct source *)(void *)arg;
    int err;

    if (source->fd >= 0 && !is_same(&source->shot, shot))
        shut(source);
    err = source->fd < 0 ? open_camera(source, shot) : drop_old(source);
    for (unsigned bad = 0; !err && bad < MAX_BAD; bad++) {
        err = next_picture(source, ret_jpeg);
        if (err != EBADMSG)
            break;
        err = bad + 1 < MAX_BAD ? 0 : err;
    }
    if (err)
        shut(source);
    return err;
}

static void free_source(struct camera_source *arg)
{
    struct source *source = (struct source *)(void *)arg;

    shut(source);
    free(source);
}

int camera_v4l2_new(const char *path, struct camera_source **ret_source)
{
    struct source *source = calloc(1, sizeof(*source));

    if (!source)
        return ENOMEM;
    source->source = (struct camera_source){take, free_source};
    source->fd = -1;
    (void)snprintf(source->path, sizeof(source->path), "%s", path);
    *ret_source = &source->source;
    return 0;
}
