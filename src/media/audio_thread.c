/* SPDX-License-Identifier: MIT */
#include "media/audio_thread.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <re_types.h>
#include <re_sa.h>

#include "base/log.h"
#include "media/device_slot.h"
#include "media/level.h"
#include "media/rtp_session.h"
#include "media/sound.h"
#include "media/tone.h"

enum {
    STACK_BYTES = 256 * 1024, /* ALSA's plugins are the deepest */
    MAX_PERIODS = 8,          /* at a time, of a device that has fallen behind */
    MAX_FDS = 3 + 2 * DEVICE_MAX_FDS,
};

/* A stream with its addresses. */
struct stream {
    struct audio_stream audio;
    struct sa rtp, rtcp;
};

/* Between the threads, under the lock. */
struct box {
    bool is_ending, has_stream, wants_ring;
    bool has_ended;
    bool is_left_alone; /* then the thread frees all */
    struct stream stream;
    struct audio_thread_facts facts;
    struct audio_stats stats;
};

struct audio_thread {
    struct audio_thread_config config;
    pthread_t thread;
    int wake_fd;
    pthread_mutex_t mutex;
    pthread_cond_t ended;
    struct box box;

    /* All below is the audio thread's own. */
    struct device_slot microphone, loudspeaker;
    struct rtp_session *session;
    struct stream stream;
    struct tone ring;
    struct level level_in, level_out;
    bool is_ringing;
    bool is_untold; /* the loop could not be told */
    bool is_dead;
};

/* Tell the loop that there is something in the box: not once it wants no more, as then it may be
 * gone. */
static void tell(struct audio_thread *thread)
{
    (void)pthread_mutex_lock(&thread->mutex);
    thread->is_untold = !thread->box.is_ending && thread->config.tell(thread->config.arg) != 0;
    (void)pthread_mutex_unlock(&thread->mutex);
}

static void on_digit(char digit, void *arg)
{
    struct audio_thread *thread = arg;
    char *digits = thread->box.facts.digits;
    size_t n;

    (void)pthread_mutex_lock(&thread->mutex);
    n = strlen(digits);
    if (n < AUDIO_THREAD_MAX_DIGITS) {
        digits[n] = digit;
        digits[n + 1] = '\0';
    }
    (void)pthread_mutex_unlock(&thread->mutex);
    tell(thread);
}

static void tell_dead(struct audio_thread *thread)
{
    thread->is_dead = true;
    (void)pthread_mutex_lock(&thread->mutex);
    thread->box.facts.is_dead = true;
    (void)pthread_mutex_unlock(&thread->mutex);
    tell(thread);
}

static void open_devices(struct audio_thread *thread)
{
    unsigned period_ms = rtp_session_period_ms(thread->session);

    device_slot_open(&thread->microphone, thread->config.sound, DEVICE_MICROPHONE, period_ms);
    device_slot_open(&thread->loudspeaker, thread->config.sound, DEVICE_LOUDSPEAKER, period_ms);
}

static void close_devices(struct audio_thread *thread)
{
    device_slot_close(&thread->microphone);
    device_slot_close(&thread->loudspeaker);
}

static void take_stream(struct audio_thread *thread)
{
    unsigned period_ms = rtp_session_period_ms(thread->session);

    rtp_session_set(thread->session, &thread->stream.audio);
    thread->is_ringing = thread->is_ringing && thread->stream.audio.is_early;
    thread->is_dead = false;
    if (thread->microphone.sound && period_ms != rtp_session_period_ms(thread->session)) {
        close_devices(thread);
        open_devices(thread);
    }
}

/* Returns false if it is time to end. */
static bool take_orders(struct audio_thread *thread)
{
    bool is_ending, has_stream, wants_ring;

    (void)pthread_mutex_lock(&thread->mutex);
    is_ending = thread->box.is_ending;
    has_stream = thread->box.has_stream;
    wants_ring = thread->box.wants_ring;
    if (has_stream) {
        thread->stream = thread->box.stream;
        thread->stream.audio.rtp = &thread->stream.rtp;
        thread->stream.audio.rtcp = &thread->stream.rtcp;
    }
    thread->box.has_stream = thread->box.wants_ring = false;
    (void)pthread_mutex_unlock(&thread->mutex);
    if (has_stream)
        take_stream(thread);
    if (wants_ring && !thread->is_ringing) {
        thread->is_ringing = !tone_init(&thread->ring, AUDIO_THREAD_RING_HZ, AUDIO_THREAD_RING_DBOV,
                                        AUDIO_THREAD_RING_ON_MS, AUDIO_THREAD_RING_OFF_MS);
    }
    return !is_ending;
}

static size_t period_n(const struct device_slot *slot)
{
    return slot->period_ms * (DEVICE_RATE_HZ / 1000);
}

static void capture(struct audio_thread *thread, struct pollfd *fds)
{
    int16_t samples[DEVICE_MAX_PERIOD];
    size_t n = period_n(&thread->microphone);
    uint64_t first_us;

    for (int i = 0; i < MAX_PERIODS; i++, fds = NULL) {
        if (!device_slot_is_ready(&thread->microphone, fds, device_clock_us()) ||
            !device_slot_read(&thread->microphone, samples, &first_us))
            return;
        sound_scale(sound_level(thread->config.sound, DEVICE_MICROPHONE), samples, n);
        level_hear(&thread->level_in, samples, n);
        rtp_session_send(thread->session, samples, first_us);
    }
}

static void play(struct audio_thread *thread, struct pollfd *fds)
{
    int16_t samples[DEVICE_MAX_PERIOD];
    size_t n = period_n(&thread->loudspeaker);

    for (int i = 0; i < MAX_PERIODS; i++, fds = NULL) {
        if (!device_slot_is_ready(&thread->loudspeaker, fds, device_clock_us()))
            return;
        if (rtp_session_play(thread->session, samples))
            thread->is_ringing = false;
        if (thread->is_ringing)
            tone_play(&thread->ring, samples, n);
        sound_scale(sound_level(thread->config.sound, DEVICE_LOUDSPEAKER), samples, n);
        level_hear(&thread->level_out, samples, n);
        if (!device_slot_write(&thread->loudspeaker, samples))
            return;
    }
}

static void publish(struct audio_thread *thread)
{
    (void)pthread_mutex_lock(&thread->mutex);
    rtp_session_stats(thread->session, &thread->box.stats);
    thread->box.stats.level_in_dbov = level_dbov(&thread->level_in);
    thread->box.stats.level_out_dbov = level_dbov(&thread->level_out);
    thread->box.stats.is_device_lost = thread->microphone.is_lost || thread->loudspeaker.is_lost;
    (void)pthread_mutex_unlock(&thread->mutex);
}

static void wait_until(uint64_t due_us, struct pollfd *fds, size_t n_fds)
{
    uint64_t now_us = device_clock_us(), left_us = due_us > now_us ? due_us - now_us : 0;
    const struct timespec left = {.tv_sec = (time_t)(left_us / 1000000),
                                  .tv_nsec = (long)(left_us % 1000000) * 1000};

    if (ppoll(fds, n_fds, &left, NULL) < 0) {
        for (size_t i = 0; i < n_fds; i++)
            fds[i].revents = 0;
    }
}

static void turn(struct audio_thread *thread)
{
    struct pollfd fds[MAX_FDS] = {{.fd = thread->wake_fd, .events = POLLIN},
                                  {.fd = thread->config.rtp_fd, .events = POLLIN},
                                  {.fd = thread->config.rtcp_fd, .events = POLLIN}};
    struct pollfd *microphone = fds + 3, *loudspeaker;
    uint64_t due_us = device_slot_due_us(&thread->microphone);
    uint64_t other_us = device_slot_due_us(&thread->loudspeaker);
    uint64_t count;
    size_t n;

    loudspeaker = microphone + device_slot_fds(&thread->microphone, microphone);
    n = (size_t)(loudspeaker - fds) + device_slot_fds(&thread->loudspeaker, loudspeaker);
    wait_until(due_us < other_us ? due_us : other_us, fds, n);
    if (fds[0].revents)
        (void)!read(thread->wake_fd, &count, sizeof(count));
    if (fds[1].revents)
        rtp_session_receive_rtp(thread->session);
    if (fds[2].revents)
        rtp_session_receive_rtcp(thread->session);
    capture(thread, microphone);
    play(thread, loudspeaker);
    rtp_session_report(thread->session);
    if (!thread->is_dead && rtp_session_silent_ms(thread->session) > thread->config.silent_ms)
        tell_dead(thread);
    else if (thread->is_untold)
        tell(thread);
    publish(thread);
}

static void free_all(struct audio_thread *thread)
{
    const int fds[] = {thread->wake_fd, thread->config.rtp_fd, thread->config.rtcp_fd};

    rtp_session_free(thread->session);
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        if (fds[i] >= 0)
            (void)close(fds[i]);
    }
    (void)pthread_cond_destroy(&thread->ended);
    (void)pthread_mutex_destroy(&thread->mutex);
    sound_free(thread->config.sound);
    explicit_bzero(&thread->box.facts, sizeof(thread->box.facts)); /* digits, maybe of a code */
    free(thread);
}

/* On the audio thread, the last thing it does. */
static void finish(struct audio_thread *thread)
{
    bool is_left_alone;

    (void)pthread_mutex_lock(&thread->mutex);
    thread->box.has_ended = true;
    is_left_alone = thread->box.is_left_alone;
    (void)pthread_cond_signal(&thread->ended);
    (void)pthread_mutex_unlock(&thread->mutex);
    if (!is_left_alone)
        return;
    log_info("sound: the device that did not answer is back");
    sound_note_stuck(thread->config.sound, false);
    free_all(thread);
}

static void *run(void *arg)
{
    const struct sched_param first = {.sched_priority = 1};
    struct audio_thread *thread = arg;
    bool goes_on;

    (void)pthread_setname_np(pthread_self(), "audio");
    /* Before all that is not sound, if we may: it needs little. */
    (void)pthread_setschedparam(pthread_self(), SCHED_RR, &first);
    goes_on = take_orders(thread);
    if (goes_on)
        open_devices(thread);
    while (goes_on && take_orders(thread))
        turn(thread);
    rtp_session_bye(thread->session);
    if (thread->microphone.sound)
        close_devices(thread);
    finish(thread);
    return NULL;
}

static int start_thread(struct audio_thread *thread)
{
    pthread_attr_t attr;
    int err;

    err = pthread_attr_init(&attr);
    if (err)
        return err;
    err = pthread_attr_setstacksize(&attr, STACK_BYTES);
    if (!err)
        err = pthread_create(&thread->thread, &attr, run, thread);
    (void)pthread_attr_destroy(&attr);
    return err;
}

static void init_locks(struct audio_thread *thread)
{
    pthread_condattr_t attr;

    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&thread->ended, &attr);
    (void)pthread_condattr_destroy(&attr);
    (void)pthread_mutex_init(&thread->mutex, NULL);
}

int audio_thread_new(const struct audio_thread_config *config, struct audio_thread **ret_thread)
{
    struct audio_thread *thread = calloc(1, sizeof(*thread));
    int err;

    if (!thread)
        return ENOMEM;
    thread->config = *config;
    thread->config.sound = sound_share(config->sound);
    init_locks(thread);
    level_init(&thread->level_in);
    level_init(&thread->level_out);
    thread->box.stats.level_in_dbov = thread->box.stats.level_out_dbov = LEVEL_SILENT_DBOV;
    thread->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    thread->config.rtp_fd = fcntl(config->rtp_fd, F_DUPFD_CLOEXEC, 0);
    thread->config.rtcp_fd = fcntl(config->rtcp_fd, F_DUPFD_CLOEXEC, 0);
    err =
        thread->wake_fd < 0 || thread->config.rtp_fd < 0 || thread->config.rtcp_fd < 0 ? EMFILE : 0;
    if (!err)
        err = rtp_session_new(thread->config.rtp_fd, thread->config.rtcp_fd, on_digit, thread,
                              &thread->session);
    if (!err)
        err = start_thread(thread);
    if (err)
        free_all(thread);
    else
        *ret_thread = thread;
    return err;
}

/* Unlocks the box, and has the thread look into it. */
static void unlock_and_wake(struct audio_thread *thread)
{
    const uint64_t one = 1;

    (void)pthread_mutex_unlock(&thread->mutex);
    (void)!write(thread->wake_fd, &one, sizeof(one));
}

/* A device may hang for ever, in its driver or in a server of sound; the loop, which has the door,
 * may not. Returns false: the thread goes on by itself. */
static bool wait_for_end(struct audio_thread *thread)
{
    struct timespec until;
    bool has_ended;
    int err = 0;

    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += AUDIO_THREAD_END_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    (void)pthread_mutex_lock(&thread->mutex);
    while (!thread->box.has_ended && !err)
        err = pthread_cond_timedwait(&thread->ended, &thread->mutex, &until);
    has_ended = thread->box.has_ended;
    thread->box.is_left_alone = !has_ended;
    if (!has_ended) { /* before it can free itself */
        (void)pthread_detach(thread->thread);
        sound_note_stuck(thread->config.sound, true);
    }
    (void)pthread_mutex_unlock(&thread->mutex);
    return has_ended;
}

struct audio_thread *audio_thread_free(struct audio_thread *thread)
{
    if (!thread)
        return NULL;
    (void)pthread_mutex_lock(&thread->mutex);
    thread->box.is_ending = true;
    unlock_and_wake(thread);
    if (!wait_for_end(thread)) {
        log_error("sound: a device does not answer: the call ends without it");
        return NULL;
    }
    (void)pthread_join(thread->thread, NULL);
    free_all(thread);
    return NULL;
}

void audio_thread_set_stream(struct audio_thread *thread, const struct audio_stream *stream)
{
    (void)pthread_mutex_lock(&thread->mutex);
    thread->box.has_stream = true;
    thread->box.stream = (struct stream){*stream, *stream->rtp, *stream->rtcp};
    thread->box.facts.is_dead = false;
    if (!stream->is_early)
        thread->box.wants_ring = false;
    unlock_and_wake(thread);
}

void audio_thread_ring(struct audio_thread *thread)
{
    (void)pthread_mutex_lock(&thread->mutex);
    thread->box.wants_ring = true;
    unlock_and_wake(thread);
}

void audio_thread_fetch(struct audio_thread *thread, struct audio_thread_facts *ret_facts)
{
    (void)pthread_mutex_lock(&thread->mutex);
    *ret_facts = thread->box.facts;
    thread->box.facts = (struct audio_thread_facts){{0}, false};
    (void)pthread_mutex_unlock(&thread->mutex);
}

void audio_thread_stats(struct audio_thread *thread, struct audio_stats *ret_stats)
{
    (void)pthread_mutex_lock(&thread->mutex);
    *ret_stats = thread->box.stats;
    (void)pthread_mutex_unlock(&thread->mutex);
}
