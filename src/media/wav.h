/* SPDX-License-Identifier: MIT */
/* wav.h - sound files: WAV, 8 kHz, mono, 16 bit PCM, at most WAV_MAX_BYTES. One thread at a time.
 * Blocks as files do. */
#ifndef MEDIA_WAV_H
#define MEDIA_WAV_H

#include <stddef.h>
#include <stdint.h>

struct wav_reader;
struct wav_writer;

enum { WAV_MAX_BYTES = 64 * 1024 * 1024, WAV_HEADER_LEN = 44 };

/* Returns 0, EBADMSG (not such a file, or no sound in it), EFBIG (too large) or another errno
 * value of opening. Caller owns *ret_reader. */
int wav_reader_new(const char *path, struct wav_reader **ret_reader);
struct wav_reader *wav_reader_free(struct wav_reader *reader);

/* The next n samples; from the beginning again after the last. Silence if the file fails. */
void wav_reader_read(struct wav_reader *reader, int16_t *samples, size_t n);

/* Makes the file, or empties it; readable by the owner only. What was written can be played at
 * any time, but for the last second, even if nobody ends it: the header is kept right.
 * Returns 0 or an errno value. Caller owns *ret_writer. */
int wav_writer_new(const char *path, struct wav_writer **ret_writer);
struct wav_writer *wav_writer_free(struct wav_writer *writer);

/* Returns 0, EFBIG (WAV_MAX_BYTES reached: not taken) or an errno value of writing. */
int wav_writer_write(struct wav_writer *writer, const int16_t *samples, size_t n);

/* What went wrong, for people; err from the functions above. */
const char *wav_problem(int err);

#endif
