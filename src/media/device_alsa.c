/* SPDX-License-Identifier: MIT */
/* A sound card, by ALSA: its clock says when there is a period, small buffers, xruns are repaired.
 * What the card cannot do itself (8 kHz, mono) ALSA's plug layer converts. */
#include "media/device.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <alsa/asoundlib.h>

#include "base/late.h"
#include "base/log.h"

enum {
    BUFFER_PERIODS = 2, /* of ours; the delay in the loudspeaker is one to two of them */
    AHEAD_US = 100000,  /* a PCM that is faster than time (ALSA's "null") is held back */
    BEHIND_US = 200000,
    AGAIN_US = 1000,      /* a PCM that wakes us for nothing is not asked again at once */
    SPEED_PERCENT = 101,  /* of a real card's clock at most */
    MAX_XRUNS_IN_ROW = 5, /* without a period between them: the card has gone */
};

/* What is called of ALSA, which is loaded when a card is first opened: a start without one, and
 * one that waits for its first call, need not wait for it. */
#define FUNCTIONS(X)                                                                               \
    X(snd_lib_error_set_handler)                                                                   \
    X(snd_pcm_avail_update)                                                                        \
    X(snd_pcm_close)                                                                               \
    X(snd_pcm_drop)                                                                                \
    X(snd_pcm_hw_params)                                                                           \
    X(snd_pcm_hw_params_any)                                                                       \
    X(snd_pcm_hw_params_free)                                                                      \
    X(snd_pcm_hw_params_malloc)                                                                    \
    X(snd_pcm_hw_params_set_access)                                                                \
    X(snd_pcm_hw_params_set_buffer_size_near)                                                      \
    X(snd_pcm_hw_params_set_channels)                                                              \
    X(snd_pcm_hw_params_set_format)                                                                \
    X(snd_pcm_hw_params_set_period_size_near)                                                      \
    X(snd_pcm_hw_params_set_rate)                                                                  \
    X(snd_pcm_hw_params_set_rate_resample)                                                         \
    X(snd_pcm_open)                                                                                \
    X(snd_pcm_poll_descriptors)                                                                    \
    X(snd_pcm_poll_descriptors_count)                                                              \
    X(snd_pcm_poll_descriptors_revents)                                                            \
    X(snd_pcm_prepare)                                                                             \
    X(snd_pcm_readi)                                                                               \
    X(snd_pcm_resume)                                                                              \
    X(snd_pcm_start)                                                                               \
    X(snd_pcm_sw_params)                                                                           \
    X(snd_pcm_sw_params_current)                                                                   \
    X(snd_pcm_sw_params_free)                                                                      \
    X(snd_pcm_sw_params_malloc)                                                                    \
    X(snd_pcm_sw_params_set_avail_min)                                                             \
    X(snd_pcm_sw_params_set_start_threshold)                                                       \
    X(snd_pcm_writei)                                                                              \
    X(snd_strerror)

#define MEMBER(name) __typeof__(&(name)) name;
static struct {
    FUNCTIONS(MEMBER)
} lib;

struct alsa {
    struct device device;
    snd_pcm_t *pcm;
    enum device_direction direction;
    unsigned period_us;
    snd_pcm_uframes_t n;      /* samples of a period */
    snd_pcm_uframes_t buffer; /* of the card */
    snd_pcm_uframes_t low;    /* with so much left to play the loudspeaker wants more */
    uint64_t start_us;        /* when the PCM would have begun if its clock were ours */
    uint64_t moved_us;        /* of sound since then, if it were as fast as it may be */
    uint64_t held_until_us;   /* 0: not held back */
    unsigned xruns;
};

static const struct alsa *const_alsa(const struct device *device)
{
    return (const struct alsa *)(const void *)device;
}

static struct alsa *alsa_of(struct device *device)
{
    return (struct alsa *)(void *)device;
}

static int alsa_errno(long err)
{
    return err < 0 ? (int)-err : EIO;
}

/* The library would print on stderr, at each try. */
__attribute__((format(printf, 5, 6))) static void on_message(const char *file, int line,
                                                             const char *function, int err,
                                                             const char *fmt, ...)
{
    char text[300];
    va_list args;

    (void)file;
    (void)line;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    log_debug("alsa: %s: %s%s%s", function, text, err ? ": " : "",
              err ? lib.snd_strerror(err) : "");
}

static int load_err; /* of load(), which runs once */

static void load(void)
{
#define ROW(name) {#name, &lib.name},
    const struct late_function functions[] = {FUNCTIONS(ROW)};
    char problem[LATE_PROBLEM_SIZE];

    load_err =
        late_load("libasound.so.2", functions, sizeof(functions) / sizeof(functions[0]), problem);
    if (load_err)
        log_error("alsa: %s", problem);
    else
        (void)lib.snd_lib_error_set_handler(on_message);
}

static bool alsa_is_good(const char *what, enum device_direction direction)
{
    (void)what;
    (void)direction;
    return true;
}

static void alsa_look(const char *what, enum device_direction direction,
                      char problem[DEVICE_MAX_PROBLEM])
{
    problem[0] = '\0';
    if (!access("/dev/snd", X_OK))
        return;
    (void)snprintf(problem, DEVICE_MAX_PROBLEM,
                   "there is no sound card for the %s (alsa:%s): calls are without sound",
                   direction == DEVICE_MICROPHONE ? "microphone" : "loudspeaker",
                   what[0] ? what : "default");
}

static int set_hardware(struct alsa *alsa)
{
    snd_pcm_hw_params_t *params;
    snd_pcm_uframes_t period = alsa->n / 2, buffer = alsa->n * BUFFER_PERIODS;
    snd_pcm_t *pcm = alsa->pcm;
    int err = lib.snd_pcm_hw_params_malloc(&params);

    if (err)
        return err;
    err = lib.snd_pcm_hw_params_any(pcm, params);
    if (err >= 0)
        err = lib.snd_pcm_hw_params_set_rate_resample(pcm, params, 1);
    if (err >= 0)
        err = lib.snd_pcm_hw_params_set_access(pcm, params, SND_PCM_ACCESS_RW_INTERLEAVED);
    if (err >= 0)
        err = lib.snd_pcm_hw_params_set_format(pcm, params, SND_PCM_FORMAT_S16);
    if (err >= 0)
        err = lib.snd_pcm_hw_params_set_channels(pcm, params, 1);
    if (err >= 0)
        err = lib.snd_pcm_hw_params_set_rate(pcm, params, DEVICE_RATE_HZ, 0);
    if (err >= 0)
        err = lib.snd_pcm_hw_params_set_period_size_near(pcm, params, &period, NULL);
    if (err >= 0)
        err = lib.snd_pcm_hw_params_set_buffer_size_near(pcm, params, &buffer);
    if (err >= 0)
        err = lib.snd_pcm_hw_params(pcm, params);
    lib.snd_pcm_hw_params_free(params);
    if (err < 0)
        return err;
    alsa->buffer = buffer;
    alsa->low = period > alsa->n ? period : alsa->n; /* ALSA's mixer may only do long periods */
    return buffer < alsa->low + alsa->n ? -EINVAL : 0;
}

static int set_software(struct alsa *alsa)
{
    snd_pcm_uframes_t wanted =
        alsa->direction == DEVICE_MICROPHONE ? alsa->n : alsa->buffer - alsa->low;
    snd_pcm_sw_params_t *params;
    int err = lib.snd_pcm_sw_params_malloc(&params);

    if (err)
        return err;
    err = lib.snd_pcm_sw_params_current(alsa->pcm, params);
    if (err >= 0)
        err = lib.snd_pcm_sw_params_set_avail_min(alsa->pcm, params, wanted);
    if (err >= 0)
        err = lib.snd_pcm_sw_params_set_start_threshold(alsa->pcm, params, alsa->n);
    if (err >= 0)
        err = lib.snd_pcm_sw_params(alsa->pcm, params);
    lib.snd_pcm_sw_params_free(params);
    return err < 0 ? err : 0;
}

/* A microphone runs from now on; a loudspeaker, too, with a period of silence to begin with. */
static int start(struct alsa *alsa)
{
    const int16_t silence[DEVICE_MAX_PERIOD] = {0};
    long n;

    alsa->held_until_us = 0;
    if (alsa->direction == DEVICE_MICROPHONE)
        return lib.snd_pcm_start(alsa->pcm);
    n = lib.snd_pcm_writei(alsa->pcm, silence, alsa->n);
    return n < 0 ? (int)n : 0;
}

static int open_pcm(struct alsa *alsa, const char *name)
{
    int err = lib.snd_pcm_open(&alsa->pcm, name,
                               alsa->direction == DEVICE_MICROPHONE ? SND_PCM_STREAM_CAPTURE
                                                                    : SND_PCM_STREAM_PLAYBACK,
                               SND_PCM_NONBLOCK);

    if (err < 0) {
        alsa->pcm = NULL;
        return err;
    }
    err = set_hardware(alsa);
    if (!err)
        err = set_software(alsa);
    if (!err)
        err = lib.snd_pcm_prepare(alsa->pcm);
    if (!err)
        err = start(alsa);
    if (err) {
        (void)lib.snd_pcm_close(alsa->pcm);
        alsa->pcm = NULL;
    }
    return err;
}

static void alsa_close(struct device *device)
{
    struct alsa *alsa = alsa_of(device);

    if (alsa->pcm) {
        (void)lib.snd_pcm_drop(alsa->pcm);
        (void)lib.snd_pcm_close(alsa->pcm);
    }
    free(alsa);
}

static int alsa_open(const char *what, enum device_direction direction, unsigned period_ms,
                     struct device **ret_device)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const char *name = what[0] ? what : "default";
    char plug[DEVICE_MAX_PROBLEM];
    struct alsa *alsa;
    int err;

    (void)pthread_once(&once, load);
    if (load_err)
        return load_err;
    alsa = calloc(1, sizeof(*alsa));
    if (!alsa)
        return ENOMEM;
    alsa->device.kind = &device_alsa;
    alsa->direction = direction;
    alsa->period_us = period_ms * 1000;
    alsa->n = period_ms * (DEVICE_RATE_HZ / 1000);
    err = open_pcm(alsa, name);
    if (err == -EINVAL && !strchr(name, '\'')) { /* "hw:0" of a card that only does 48 kHz */
        (void)snprintf(plug, sizeof(plug), "plug:'%s'", name);
        err = open_pcm(alsa, plug);
    }
    alsa->start_us = device_clock_us();
    if (err) {
        alsa_close(&alsa->device);
        return alsa_errno(err);
    }
    *ret_device = &alsa->device;
    return 0;
}

static size_t alsa_fds(struct device *device, struct pollfd fds[DEVICE_MAX_FDS])
{
    struct alsa *alsa = alsa_of(device);
    int n;

    if (alsa->held_until_us)
        return 0;
    n = lib.snd_pcm_poll_descriptors(alsa->pcm, fds, DEVICE_MAX_FDS);
    return n > 0 ? (size_t)n : 0;
}

static uint64_t alsa_due_us(const struct device *device)
{
    const struct alsa *alsa = const_alsa(device);

    return alsa->held_until_us ? alsa->held_until_us : UINT64_MAX;
}

/* An overrun, an underrun, or back from suspend. err: negative. */
static int repair(struct alsa *alsa, int err)
{
    if ((err != -EPIPE && err != -ESTRPIPE) || ++alsa->xruns > MAX_XRUNS_IN_ROW)
        return alsa_errno(err);
    if (err != -ESTRPIPE || lib.snd_pcm_resume(alsa->pcm) < 0) {
        err = lib.snd_pcm_prepare(alsa->pcm);
        if (!err)
            err = start(alsa);
        if (err < 0)
            return alsa_errno(err);
    }
    return EAGAIN;
}

/* ALSA's "null" and "file" take and give at any speed; a real card's clock drifts by far less. */
static bool is_held(struct alsa *alsa, uint64_t now_us)
{
    uint64_t at_us = alsa->start_us + alsa->moved_us;

    if (at_us + BEHIND_US < now_us) /* it is slower, as all real ones are: count from here on */
        alsa->start_us = now_us - alsa->moved_us;
    alsa->held_until_us = at_us > now_us + AHEAD_US ? at_us - AHEAD_US : 0;
    return alsa->held_until_us != 0;
}

static int alsa_ready(struct device *device, struct pollfd *fds, uint64_t now_us)
{
    struct alsa *alsa = alsa_of(device);
    unsigned short events = 0;
    snd_pcm_sframes_t available;
    bool is_there;
    int n;

    if (fds && !alsa->held_until_us) {
        n = lib.snd_pcm_poll_descriptors_count(alsa->pcm);
        if (n > 0 && n <= DEVICE_MAX_FDS)
            (void)lib.snd_pcm_poll_descriptors_revents(alsa->pcm, fds, (unsigned)n, &events);
    }
    if (is_held(alsa, now_us))
        return EAGAIN;
    available = lib.snd_pcm_avail_update(alsa->pcm);
    if (available < 0)
        return repair(alsa, (int)available);
    if (alsa->direction == DEVICE_MICROPHONE)
        is_there = (snd_pcm_uframes_t)available >= alsa->n;
    else
        is_there = (snd_pcm_uframes_t)available + alsa->low >= alsa->buffer;
    if (!is_there && events)
        alsa->held_until_us = now_us + AGAIN_US;
    return is_there ? 0 : EAGAIN;
}

/* n: what reading or writing returned. Never part of a period: as much was there before. */
static int finish(struct alsa *alsa, snd_pcm_sframes_t n)
{
    if (n == -EAGAIN)
        return EAGAIN;
    if (n < 0)
        return repair(alsa, (int)n);
    alsa->moved_us += (uint64_t)n * 1000000 / DEVICE_RATE_HZ * 100 / SPEED_PERCENT;
    alsa->xruns = 0;
    return 0;
}

static int alsa_read(struct device *device, int16_t *samples, uint64_t *ret_first_us)
{
    struct alsa *alsa = alsa_of(device);
    snd_pcm_sframes_t waiting = lib.snd_pcm_avail_update(alsa->pcm), n;

    n = lib.snd_pcm_readi(alsa->pcm, samples, alsa->n);
    if (n > 0 && (snd_pcm_uframes_t)n < alsa->n)
        memset(samples + n, 0, (alsa->n - (snd_pcm_uframes_t)n) * sizeof(*samples));
    *ret_first_us =
        device_clock_us() - (waiting > 0 ? (uint64_t)waiting * 1000000 / DEVICE_RATE_HZ : 0);
    return finish(alsa, n);
}

static int alsa_write(struct device *device, const int16_t *samples)
{
    struct alsa *alsa = alsa_of(device);

    return finish(alsa, lib.snd_pcm_writei(alsa->pcm, samples, alsa->n));
}

const struct device_kind device_alsa = {
    .name = "alsa",
    .is_good = alsa_is_good,
    .look = alsa_look,
    .open = alsa_open,
    .close = alsa_close,
    .fds = alsa_fds,
    .due_us = alsa_due_us,
    .ready = alsa_ready,
    .read = alsa_read,
    .write = alsa_write,
};
