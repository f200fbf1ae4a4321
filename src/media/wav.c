/* SPDX-License-Identifier: MIT */
#include "media/wav.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    RATE_HZ = 8000,
    FORMAT_PCM = 1,
    BUFFER = RATE_HZ, /* samples: what is lost at most when the process is killed */
    MAX_CHUNKS = 64,
};

struct wav_reader {
    int fd;
    off_t first, end, at; /* bytes in the file */
};

struct wav_writer {
    int fd;
    uint32_t data_bytes; /* in the file */
    size_t n;            /* in the buffer */
    uint16_t buffer[BUFFER];
};

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t get32(const uint8_t *p)
{
    return get16(p) | (uint32_t)get16(p + 2) << 16;
}

static void put16(uint8_t *p, uint16_t value)
{
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *p, uint32_t value)
{
    put16(p, (uint16_t)value);
    put16(p + 2, (uint16_t)(value >> 16));
}

static int read_at(int fd, void *buf, size_t len, off_t at)
{
    ssize_t n = pread(fd, buf, len, at);

    if (n < 0)
        return errno;
    return (size_t)n == len ? 0 : EBADMSG;
}

static bool is_our_format(const uint8_t fmt[16])
{
    return get16(fmt) == FORMAT_PCM && get16(fmt + 2) == 1 && get32(fmt + 4) == RATE_HZ &&
           get16(fmt + 14) == 16;
}

/* Find where the samples are. */
static int find_data(struct wav_reader *reader, off_t size)
{
    uint8_t head[12], fmt[16];
    bool has_format = false;
    off_t at = 12, len;
    int err = read_at(reader->fd, head, 12, 0);

    if (!err && (memcmp(head, "RIFF", 4) || memcmp(head + 8, "WAVE", 4)))
        err = EBADMSG;
    for (int i = 0; !err && i < MAX_CHUNKS; i++) {
        err = read_at(reader->fd, head, 8, at);
        if (err)
            break;
        at += 8;
        len = get32(head + 4);
        if (!memcmp(head, "data", 4)) {
            reader->first = reader->at = at;
            /* whoever was killed while writing did not correct the length */
            if (len == 0 || len > size - at)
                len = size - at;
            reader->end = at + (len & ~(off_t)1);
            return has_format && reader->end > at ? 0 : EBADMSG;
        }
        if (!memcmp(head, "fmt ", 4)) {
            err = len < 16 ? EBADMSG : read_at(reader->fd, fmt, 16, at);
            has_format = !err && is_our_format(fmt);
        }
        at += len + (len & 1);
    }
    return err ? err : EBADMSG;
}

int wav_reader_new(const char *path, struct wav_reader **ret_reader)
{
    struct wav_reader *reader = calloc(1, sizeof(*reader));
    struct stat st;
    int err;

    if (!reader)
        return ENOMEM;
    /* not to wait for the other end of a pipe */
    reader->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (reader->fd < 0) {
        err = errno;
        goto out;
    }
    err = fstat(reader->fd, &st) ? errno : 0;
    if (!err && !S_ISREG(st.st_mode))
        err = EBADMSG;
    if (!err && st.st_size > WAV_MAX_BYTES)
        err = EFBIG;
    if (!err)
        err = find_data(reader, st.st_size);

out:
    if (err)
        wav_reader_free(reader);
    else
        *ret_reader = reader;
    return err;
}

struct wav_reader *wav_reader_free(struct wav_reader *reader)
{
    if (!reader)
        return NULL;
    if (reader->fd >= 0)
        (void)close(reader->fd);
    free(reader);
    return NULL;
}

void wav_reader_read(struct wav_reader *reader, int16_t *samples, size_t n)
{
    size_t done = 0;

    while (done < n) {
        off_t left = (reader->end - reader->at) / 2;
        size_t now = n - done < (size_t)left ? n - done : (size_t)left;

        if (read_at(reader->fd, samples + done, now * 2, reader->at)) {
            memset(samples + done, 0, (n - done) * sizeof(*samples));
            return;
        }
        done += now;
        reader->at += (off_t)now * 2;
        if (reader->at >= reader->end)
            reader->at = reader->first;
    }
    for (size_t i = 0; i < n; i++)
        samples[i] = (int16_t)le16toh((uint16_t)samples[i]);
}

static int write_at(int fd, const void *data, size_t len, off_t at)
{
    ssize_t n = pwrite(fd, data, len, at);

    if (n < 0)
        return errno;
    return (size_t)n == len ? 0 : ENOSPC;
}

static int write_header(const struct wav_writer *writer)
{
    uint8_t h[WAV_HEADER_LEN] = "RIFF____WAVEfmt ";

    put32(h + 4, writer->data_bytes + WAV_HEADER_LEN - 8);
    put32(h + 16, 16);
    put16(h + 20, FORMAT_PCM);
    put16(h + 22, 1);
    put32(h + 24, RATE_HZ);
    put32(h + 28, RATE_HZ * 2);
    put16(h + 32, 2);
    put16(h + 34, 16);
    memcpy(h + 36, "data", 4);
    put32(h + 40, writer->data_bytes);
    return write_at(writer->fd, h, sizeof(h), 0);
}

static int flush(struct wav_writer *writer)
{
    size_t len = writer->n * 2;
    int err = write_at(writer->fd, writer->buffer, len, (off_t)WAV_HEADER_LEN + writer->data_bytes);

    writer->n = 0;
    if (err)
        return err;
    writer->data_bytes += (uint32_t)len;
    return write_header(writer);
}

int wav_writer_new(const char *path, struct wav_writer **ret_writer)
{
    struct wav_writer *writer = calloc(1, sizeof(*writer));
    int err;

    if (!writer)
        return ENOMEM;
    writer->fd =
        open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    err = writer->fd < 0 ? errno : write_header(writer);
    if (err)
        wav_writer_free(writer);
    else
        *ret_writer = writer;
    return err;
}

struct wav_writer *wav_writer_free(struct wav_writer *writer)
{
    if (!writer)
        return NULL;
    if (writer->fd >= 0) {
        if (writer->n)
            (void)flush(writer);
        (void)close(writer->fd);
    }
    free(writer);
    return NULL;
}

int wav_writer_write(struct wav_writer *writer, const int16_t *samples, size_t n)
{
    int err;

    if (WAV_HEADER_LEN + writer->data_bytes + (writer->n + n) * 2 > WAV_MAX_BYTES)
        return EFBIG;
    for (size_t i = 0; i < n; i++) {
        writer->buffer[writer->n++] = htole16((uint16_t)samples[i]);
        if (writer->n == BUFFER) {
            err = flush(writer);
            if (err)
                return err;
        }
    }
    return 0;
}

const char *wav_problem(int err)
{
    switch (err) {
    case EBADMSG:
        return "is not a WAV file of 8 kHz, mono, 16 bit PCM with sound in it";
    case EFBIG:
        return "is larger than 64 MiB";
    default:
        return strerror(err);
    }
}
