/* SPDX-License-Identifier: MIT */
#include "sip/fake_audio.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_sa.h>

struct fake_audio fake_audio;

struct audio {
    struct audio_handlers handlers;
    struct sa local;
    audio_mapped_fn *mapped;
    void *mapped_arg;
    bool is_mapping;
};

enum { FIRST_PORT = 40000 };

static struct audio *last;
static uint16_t next_port;

int audio_new(const struct audio_config *config, struct audio **ret_audio)
{
    struct audio *audio;

    if (fake_audio.new_err)
        return fake_audio.new_err;
    audio = calloc(1, sizeof(*audio));
    if (!audio)
        return ENOMEM;
    audio->handlers = config->handlers;
    audio->local = *config->local;
    if (sa_port(&audio->local))
        abort(); /* that is the SIP port */
    if (!fake_audio.n_open)
        next_port = FIRST_PORT;
    sa_set_port(&audio->local, next_port);
    next_port = (uint16_t)(next_port + 2);
    last = audio;
    fake_audio.n_open++;
    *ret_audio = audio;
    return 0;
}

struct audio *audio_free(struct audio *audio)
{
    if (!audio)
        return NULL;
    if (last == audio)
        last = NULL;
    fake_audio.n_open--;
    free(audio);
    return NULL;
}

void audio_local(const struct audio *audio, struct sa *ret_rtp)
{
    *ret_rtp = audio->local;
}

int audio_map(struct audio *audio, const struct sa *stun_server, audio_mapped_fn *mapped, void *arg)
{
    audio->mapped = mapped;
    audio->mapped_arg = arg;
    audio->is_mapping = fake_audio.is_mapping = true;
    (void)re_snprintf(fake_audio.stun, sizeof(fake_audio.stun), "%J", stun_server);
    return 0;
}

int audio_start(struct audio *audio, const struct audio_stream *stream)
{
    if (!audio || audio->is_mapping)
        abort(); /* against the contract */
    if (fake_audio.start_err)
        return fake_audio.start_err;
    fake_audio.n_started++;
    fake_audio.stream = *stream;
    (void)re_snprintf(fake_audio.rtp, sizeof(fake_audio.rtp), "%J", stream->rtp);
    (void)re_snprintf(fake_audio.rtcp, sizeof(fake_audio.rtcp), "%J", stream->rtcp);
    return 0;
}

int audio_ring(struct audio *audio)
{
    (void)audio;
    fake_audio.n_rings++;
    return 0;
}

void audio_stats(const struct audio *audio, struct audio_stats *ret_stats)
{
    (void)audio;
    memset(ret_stats, 0, sizeof(*ret_stats));
    ret_stats->received = 4711;
}

bool fake_audio_is_open(void)
{
    return last != NULL;
}

bool fake_audio_is_mapping(void)
{
    return last && last->is_mapping;
}

void fake_audio_digit(char digit)
{
    last->handlers.on_digit(digit, last->handlers.arg);
}

void fake_audio_dead(void)
{
    last->handlers.on_dead(last->handlers.arg);
}

void fake_audio_mapped(const char *addr, unsigned port)
{
    struct sa mapped;

    if (addr && sa_set_str(&mapped, addr, (uint16_t)port))
        abort();
    last->is_mapping = fake_audio.is_mapping = false;
    last->mapped(addr ? &mapped : NULL, last->mapped_arg);
}

unsigned fake_audio_port(void)
{
    return sa_port(&last->local);
}
