/* SPDX-License-Identifier: MIT */
#include "media/audio.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <re_types.h>
#include <re_sa.h>

#include "base/loop.h"
#include "media/audio_thread.h"
#include "media/level.h"
#include "media/rtp_map.h"
#include "media/rtp_socket.h"
#include "media/sound.h"

enum { MIN_PTIME_MS = 10, MAX_PTIME_MS = 60, STEP_PTIME_MS = 10, MAX_PAYLOAD_TYPE = 127 };

struct audio {
    uintptr_t id;
    struct audio *next;
    const struct sound *sound;
    struct audio_handlers handlers;
    struct sa local;
    struct rtp_socket socket;
    struct audio_thread *thread; /* NULL: not started */
    struct rtp_map *map;         /* NULL: not asked, or answered */
    audio_mapped_fn *on_mapped;
    void *on_mapped_arg;
};

/* What a thread has told may reach the loop after its audio was freed: so it tells by an id, which
 * is never used again, and who lives is found here. Loop thread only. */
static struct {
    struct audio *first;
    uintptr_t last_id;
} living;

static struct audio *find(uintptr_t id)
{
    struct audio *audio = living.first;

    while (audio && audio->id != id)
        audio = audio->next;
    return audio;
}

static void remove_living(const struct audio *audio)
{
    struct audio **at = &living.first;

    while (*at && *at != audio)
        at = &(*at)->next;
    if (*at)
        *at = audio->next;
}

/* Loop thread. */
static void on_told(void *arg)
{
    uintptr_t id = (uintptr_t)arg;
    struct audio *audio = find(id);
    struct audio_thread_facts facts;

    if (!audio || !audio->thread)
        return;
    audio_thread_fetch(audio->thread, &facts);
    for (const char *digit = facts.digits; *digit; digit++) {
        if (audio->handlers.on_digit)
            audio->handlers.on_digit(*digit, audio->handlers.arg);
    }
    explicit_bzero(facts.digits, sizeof(facts.digits)); /* may be a code */
    if (facts.is_dead && audio->handlers.on_dead)
        audio->handlers.on_dead(audio->handlers.arg);
}

/* Audio thread. */
static int tell(void *arg)
{
    return loop_post(on_told, arg);
}

int audio_new(const struct audio_config *config, struct audio **ret_audio)
{
    struct audio *audio = calloc(1, sizeof(*audio));
    uint16_t min_port, max_port;
    int err;

    if (!audio)
        return ENOMEM;
    if (!config->sound) {
        free(audio);
        return EINVAL;
    }
    audio->sound = config->sound;
    audio->handlers = config->handlers;
    audio->local = *config->local;
    sound_ports(config->sound, &min_port, &max_port);
    err = rtp_socket_open(&audio->socket, config->local, min_port, max_port);
    if (err) {
        free(audio);
        return err;
    }
    sa_set_port(&audio->local, audio->socket.port);
    audio->id = ++living.last_id;
    audio->next = living.first;
    living.first = audio;
    *ret_audio = audio;
    return 0;
}

struct audio *audio_free(struct audio *audio)
{
    if (!audio)
        return NULL;
    remove_living(audio);
    rtp_map_free(audio->map);
    audio_thread_free(audio->thread);
    rtp_socket_close(&audio->socket);
    free(audio);
    return NULL;
}

void audio_local(const struct audio *audio, struct sa *ret_rtp)
{
    *ret_rtp = audio->local;
}

static void on_map(const struct sa *mapped, void *arg)
{
    struct audio *audio = arg;
    const struct sa copy = mapped ? *mapped : (struct sa){.len = 0};
    audio_mapped_fn *on_mapped = audio->on_mapped;
    void *on_mapped_arg = audio->on_mapped_arg;

    audio->map = rtp_map_free(audio->map);
    on_mapped(mapped ? &copy : NULL, on_mapped_arg);
}

int audio_map(struct audio *audio, const struct sa *stun_server, audio_mapped_fn *mapped, void *arg)
{
    if (audio->thread || audio->map)
        return EBUSY;
    audio->on_mapped = mapped;
    audio->on_mapped_arg = arg;
    return rtp_map_new(audio->socket.rtp_fd, stun_server, on_map, audio, &audio->map);
}

static int need_thread(struct audio *audio)
{
    const struct audio_thread_config config = {
        .sound = audio->sound,
        .rtp_fd = audio->socket.rtp_fd,
        .rtcp_fd = audio->socket.rtcp_fd,
        .silent_ms = AUDIO_SILENT_MS,
        .tell = tell,
        .arg = (void *)audio->id,
    };

    if (audio->thread)
        return 0;
    if (audio->map)
        rtp_map_give_up(audio->map);
    return audio_thread_new(&config, &audio->thread);
}

static bool is_good(const struct audio_stream *stream)
{
    return stream->rtp && stream->rtcp && stream->ptime_ms >= MIN_PTIME_MS &&
           stream->ptime_ms <= MAX_PTIME_MS && stream->ptime_ms % STEP_PTIME_MS == 0 &&
           (stream->codec == AUDIO_PCMU || stream->codec == AUDIO_PCMA) &&
           stream->payload_types[AUDIO_PCMU] <= MAX_PAYLOAD_TYPE &&
           stream->payload_types[AUDIO_PCMA] <= MAX_PAYLOAD_TYPE &&
           stream->dtmf_payload_type <= MAX_PAYLOAD_TYPE;
}

int audio_start(struct audio *audio, const struct audio_stream *stream)
{
    int err;

    if (!is_good(stream))
        return EINVAL;
    err = need_thread(audio);
    if (!err)
        audio_thread_set_stream(audio->thread, stream);
    return err;
}

int audio_ring(struct audio *audio)
{
    int err = need_thread(audio);

    if (!err)
        audio_thread_ring(audio->thread);
    return err;
}

void audio_stats(const struct audio *audio, struct audio_stats *ret_stats)
{
    *ret_stats = (struct audio_stats){.level_in_dbov = LEVEL_SILENT_DBOV,
                                      .level_out_dbov = LEVEL_SILENT_DBOV};
    if (audio->thread)
        audio_thread_stats(audio->thread, ret_stats);
}
