/* SPDX-License-Identifier: MIT */
/* The kernel's side is played by --wrap of ioctl, mmap, munmap and poll; the device is /dev/null.
 */
#include "test.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/types.h>

#include "media/camera.h"
#include "media/camera_v4l2.h"
#include "picture.h"

enum { MAX_BUFFERS = 4, FRAME_SIZE = 320 * 240 * 2 };

/* A camera. What is not set is as a good one has it. */
static struct {
    bool has_mjpeg, is_output_only;
    unsigned fail_request; /* this ioctl fails with fail_errno */
    int fail_errno;
    unsigned width, height, pixels; /* as set */
    unsigned fps;
    bool is_streaming, is_silent, is_gone;
    unsigned n_bad;    /* so many frames are marked as damaged */
    unsigned n_frames; /* given */
    unsigned n_ready;  /* that wait */
    bool is_queued[MAX_BUFFERS];
    unsigned next;
    unsigned n_opened, n_mapped;
    unsigned char frames[MAX_BUFFERS][FRAME_SIZE];
    size_t used;
    bool is_odd_index;
} kernel;

int __wrap_ioctl(int fd, unsigned long request, ...);
void *__wrap_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap64(void *addr, size_t len, int prot, int flags, int fd, off_t offset);
int __wrap_munmap(void *addr, size_t len);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout_ms);

static int refuse(int err)
{
    errno = err;
    return -1;
}

static int set_format(struct v4l2_format *format)
{
    struct v4l2_pix_format *pix = &format->fmt.pix;

    if (pix->pixelformat == V4L2_PIX_FMT_MJPEG && !kernel.has_mjpeg)
        pix->pixelformat = V4L2_PIX_FMT_YUYV;
    if (pix->width > 320) /* the largest it has */
        pix->width = 320;
    if (pix->height > 240)
        pix->height = 240;
    pix->bytesperline = pix->pixelformat == V4L2_PIX_FMT_YUYV ? pix->width * 2 : 0;
    kernel.width = pix->width;
    kernel.height = pix->height;
    kernel.pixels = pix->pixelformat;
    return 0;
}

static void fill(unsigned char *yuyv, unsigned char luma)
{
    for (size_t i = 0; i < FRAME_SIZE; i += 2) {
        yuyv[i] = luma;
        yuyv[i + 1] = 128;
    }
}

/* Each is brighter than the one before. */
static int give_frame(struct v4l2_buffer *buffer)
{
    if (kernel.is_gone)
        return refuse(ENODEV);
    if (!kernel.n_ready)
        return refuse(EAGAIN);
    kernel.n_ready--;
    for (unsigned i = 0; i < MAX_BUFFERS; i++, kernel.next++) {
        unsigned at = kernel.next % MAX_BUFFERS;

        if (!kernel.is_queued[at])
            continue;
        kernel.is_queued[at] = false;
        kernel.n_frames++;
        buffer->index = kernel.is_odd_index ? 77 : at;
        buffer->bytesused = (unsigned)kernel.used;
        if (kernel.n_bad) {
            kernel.n_bad--;
            buffer->flags = V4L2_BUF_FLAG_ERROR;
        }
        if (kernel.pixels == V4L2_PIX_FMT_YUYV)
            fill(kernel.frames[at], (unsigned char)(16 + kernel.n_frames * 8));
        kernel.next++;
        return 0;
    }
    return refuse(EAGAIN);
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
    va_list args;
    void *arg;

    (void)fd;
    va_start(args, request);
    arg = va_arg(args, void *);
    va_end(args);
    if (kernel.fail_request == (unsigned)request)
        return refuse(kernel.fail_errno);
    switch (request) {
    case VIDIOC_QUERYCAP:
        kernel.n_opened++;
        ((struct v4l2_capability *)arg)->capabilities =
            (kernel.is_output_only ? V4L2_CAP_VIDEO_OUTPUT : V4L2_CAP_VIDEO_CAPTURE) |
            V4L2_CAP_STREAMING;
        return 0;
    case VIDIOC_S_FMT:
        return set_format(arg);
    case VIDIOC_S_PARM:
        kernel.fps = ((struct v4l2_streamparm *)arg)->parm.capture.timeperframe.denominator;
        return 0;
    case VIDIOC_REQBUFS:
        ((struct v4l2_requestbuffers *)arg)->count = MAX_BUFFERS;
        return 0;
    case VIDIOC_QUERYBUF:
        ((struct v4l2_buffer *)arg)->length = FRAME_SIZE;
        ((struct v4l2_buffer *)arg)->m.offset = ((struct v4l2_buffer *)arg)->index * 4096;
        return 0;
    case VIDIOC_QBUF:
        assert_true(((struct v4l2_buffer *)arg)->index < MAX_BUFFERS);
        assert_false(kernel.is_queued[((struct v4l2_buffer *)arg)->index]);
        kernel.is_queued[((struct v4l2_buffer *)arg)->index] = true;
        return 0;
    case VIDIOC_DQBUF:
        return give_frame(arg);
    case VIDIOC_STREAMON:
        kernel.is_streaming = true;
        return 0;
    case VIDIOC_STREAMOFF:
        kernel.is_streaming = false;
        memset(kernel.is_queued, 0, sizeof(kernel.is_queued));
        return 0;
    default:
        return refuse(ENOTTY);
    }
}

void *__wrap_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
    (void)addr;
    (void)prot;
    (void)flags;
    (void)fd;
    assert_int_equal(len, FRAME_SIZE);
    kernel.n_mapped++;
    return kernel.frames[offset / 4096];
}

void *__wrap_mmap64(void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
    return __wrap_mmap(addr, len, prot, flags, fd, offset);
}

int __wrap_munmap(void *addr, size_t len)
{
    assert_non_null(addr);
    assert_int_equal(len, FRAME_SIZE);
    kernel.n_mapped--;
    return 0;
}

int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
    assert_int_equal(n, 1);
    assert_true(timeout_ms > 0);
    if (kernel.is_silent)
        return 0;
    kernel.n_ready = 1;
    fds[0].revents = kernel.is_gone ? POLLERR : POLLIN;
    return 1;
}

static const struct camera_shot small = {320, 240, 10, "UTC"}, large = {1280, 720, 25, "UTC"};
static struct camera_source *source;

static int setup(void **state)
{
    (void)state;
    memset(&kernel, 0, sizeof(kernel));
    kernel.used = FRAME_SIZE;
    return camera_v4l2_new("/dev/null", &source);
}

static int teardown(void **state)
{
    (void)state;
    source->free(source);
    assert_int_equal(kernel.n_mapped, 0);
    assert_false(kernel.is_streaming);
    return 0;
}

static unsigned brightness(const struct camera_shot *shot)
{
    struct jpeg jpeg = {NULL, 0};
    struct picture picture;
    unsigned value;

    assert_int_equal(source->take(source, shot, &jpeg), 0);
    picture = picture_decode(&jpeg);
    assert_int_equal(picture.width, 320);
    assert_int_equal(picture.height, 240);
    value = picture_at(&picture, 100, 100)[1];
    free(picture.rgb);
    return value;
}

/* It stays open; frames that waited are not shown; the size is what the camera has. */
static void test_fresh_frames(void **state)
{
    unsigned first, second;

    (void)state;
    first = brightness(&large);
    assert_int_equal(kernel.fps, 25);
    kernel.n_ready = MAX_BUFFERS;
    second = brightness(&large);
    assert_int_equal(kernel.n_frames, 1 + MAX_BUFFERS + 1);
    assert_true(second > first + 20);
    assert_int_equal(kernel.n_opened, 1);
    (void)brightness(&small); /* other settings: opened anew */
    assert_int_equal(kernel.n_opened, 2);
    assert_int_equal(kernel.fps, 10);
}

static void test_motion_jpeg(void **state)
{
    unsigned char *yuyv = calloc(1, FRAME_SIZE);
    struct jpeg frame;

    (void)state;
    assert_non_null(yuyv);
    assert_int_equal(jpeg_from_yuyv(yuyv, 320, 240, &frame), 0);
    free(yuyv);
    kernel.has_mjpeg = true;
    kernel.used = frame.len;
    for (unsigned i = 0; i < MAX_BUFFERS; i++)
        memcpy(kernel.frames[i], frame.data, frame.len);
    free(frame.data);
    (void)brightness(&large);
    assert_int_equal(kernel.pixels, V4L2_PIX_FMT_MJPEG);
    kernel.frames[0][0] = kernel.frames[1][0] = 0; /* two broken ones are passed over */
    (void)brightness(&large);
}

static int take_err(void)
{
    struct jpeg jpeg = {NULL, 0};

    return source->take(source, &large, &jpeg);
}

static void test_damaged_frames(void **state)
{
    (void)state;
    kernel.n_bad = 4;
    (void)brightness(&large);
    kernel.n_bad = 100;
    assert_int_equal(take_err(), EBADMSG);
    kernel.n_bad = 0;
    kernel.used = FRAME_SIZE - 1; /* cut */
    assert_int_equal(take_err(), EBADMSG);
    kernel.used = 2 * FRAME_SIZE; /* more than there is room for: what is mapped counts */
    (void)brightness(&large);
}

/* Whatever fails: an error, all is closed, and the next picture comes. */
static void test_failures(void **state)
{
    static const unsigned requests[] = {(unsigned)VIDIOC_QUERYCAP, (unsigned)VIDIOC_S_FMT,
                                        (unsigned)VIDIOC_REQBUFS,  (unsigned)VIDIOC_QUERYBUF,
                                        (unsigned)VIDIOC_QBUF,     (unsigned)VIDIOC_STREAMON,
                                        (unsigned)VIDIOC_DQBUF};

    (void)state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        kernel.fail_request = requests[i];
        kernel.fail_errno = EIO;
        assert_int_equal(take_err(), EIO);
        assert_int_equal(kernel.n_mapped, 0);
        kernel.fail_request = 0;
        (void)brightness(&large);
        source->free(source);
        assert_int_equal(camera_v4l2_new("/dev/null", &source), 0);
    }
    kernel.fail_request = (unsigned)VIDIOC_S_PARM; /* needs not be known */
    kernel.fail_errno = ENOTTY;
    (void)brightness(&large);
}

static void test_no_camera(void **state)
{
    (void)state;
    kernel.is_output_only = true;
    assert_int_equal(take_err(), ENODEV);
    kernel.is_output_only = false;
    kernel.fail_request = (unsigned)VIDIOC_QUERYCAP; /* another kind of device */
    kernel.fail_errno = ENOTTY;
    assert_int_equal(take_err(), ENODEV);
    kernel.fail_request = 0;
    kernel.is_silent = true;
    assert_int_equal(take_err(), ETIMEDOUT);
    kernel.is_silent = false;
    kernel.is_odd_index = true;
    assert_int_equal(take_err(), EIO);
    kernel.is_odd_index = false;
    (void)brightness(&large);
    kernel.is_gone = true; /* unplugged */
    assert_int_equal(take_err(), ENODEV);
    source->free(source);
    assert_int_equal(camera_v4l2_new("/dev/there-is-none", &source), 0);
    assert_int_equal(take_err(), ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fresh_frames, setup, teardown),
        cmocka_unit_test_setup_teardown(test_motion_jpeg, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_frames, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failures, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_camera, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
