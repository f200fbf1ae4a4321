/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/wav.h"

static char path[64];

static int set_up(void **state)
{
    int fd;

    (void)state;
    (void)snprintf(path, sizeof(path), "/tmp/portero-wav-XXXXXX");
    fd = mkostemp(path, O_CLOEXEC);
    return fd < 0 || close(fd);
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

static void put(const void *data, size_t len)
{
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, len), (ssize_t)len);
    (void)close(fd);
}

static off_t size_of_file(void)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_size;
}

static void test_what_is_written_is_read_again_and_again(void **state)
{
    struct wav_writer *writer = NULL;
    struct wav_reader *reader = NULL;
    int16_t samples[160], back[160];

    (void)state;
    assert_int_equal(wav_writer_new(path, &writer), 0);
    for (int16_t i = 0; i < 160; i++)
        samples[i] = (int16_t)(i * 200 - 16000);
    for (int i = 0; i < 3; i++)
        assert_int_equal(wav_writer_write(writer, samples, 160), 0);
    wav_writer_free(writer);
    assert_int_equal(size_of_file(), WAV_HEADER_LEN + 3 * 320);
    assert_int_equal(wav_reader_new(path, &reader), 0);
    for (int i = 0; i < 10; i++) {
        wav_reader_read(reader, back, 100);
        wav_reader_read(reader, back + 100, 60);
        assert_memory_equal(back, samples, sizeof(samples));
    }
    wav_reader_free(reader);
    assert_null(wav_reader_free(NULL));
    assert_null(wav_writer_free(NULL));
}

/* What is there if the process is killed now: the file is read while it is written. */
static void test_a_file_nobody_ended_is_whole_but_for_a_second(void **state)
{
    struct wav_writer *writer = NULL;
    struct wav_reader *reader = NULL;
    const int16_t samples[160] = {1000};

    (void)state;
    assert_int_equal(wav_writer_new(path, &writer), 0);
    assert_int_equal(wav_reader_new(path, &reader), EBADMSG); /* nothing in it yet */
    for (int i = 0; i < 120; i++)
        assert_int_equal(wav_writer_write(writer, samples, 160), 0);
    assert_int_equal(size_of_file(), WAV_HEADER_LEN + 2 * 16000);
    assert_int_equal(wav_reader_new(path, &reader), 0);
    wav_reader_free(reader);
    wav_writer_free(writer);
    assert_int_equal(size_of_file(), WAV_HEADER_LEN + 120 * 320);
}

static void test_the_limit(void **state)
{
    struct wav_writer *writer = NULL;
    struct wav_reader *reader = NULL;
    static const int16_t samples[8000] = {1};
    int err = 0;

    (void)state;
    assert_int_equal(wav_writer_new(path, &writer), 0);
    while (!err)
        err = wav_writer_write(writer, samples, 8000);
    assert_int_equal(err, EFBIG);
    wav_writer_free(writer);
    assert_in_range(size_of_file(), WAV_MAX_BYTES - 16000, WAV_MAX_BYTES);
    assert_int_equal(wav_reader_new(path, &reader), 0);
    wav_reader_free(reader);
    assert_int_equal(truncate(path, WAV_MAX_BYTES + 1), 0);
    assert_int_equal(wav_reader_new(path, &reader), EFBIG);
    assert_string_equal(wav_problem(EFBIG), "is larger than 64 MiB");
}

/* A file of another program: other chunks, a length that is not right. */
static void test_other_chunks_and_wrong_lengths(void **state)
{
    static const unsigned char good[] =
        "RIFF\x40\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x12\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0"
        "\x02\0\x10\0\0\0data\xff\xff\xff\xff\x01\x02\x03\x04\x05";
    struct wav_reader *reader = NULL;
    int16_t samples[4];

    (void)state;
    put(good, sizeof(good) - 1);
    assert_int_equal(wav_reader_new(path, &reader), 0);
    wav_reader_read(reader, samples, 4);
    assert_int_equal(samples[0], 0x0201);
    assert_int_equal(samples[1], 0x0403);
    assert_int_equal(samples[2], 0x0201); /* the odd byte is none */
    wav_reader_free(reader);
    for (size_t len = 0; len < sizeof(good) - 1 - 4; len++) { /* cut anywhere */
        put(good, len);
        assert_int_equal(wav_reader_new(path, &reader), EBADMSG);
    }
}

static void test_other_formats_are_refused(void **state)
{
    static const unsigned char good[] =
        "RIFF\x28\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0"
        "data\x04\0\0\0\x01\x02\x03\x04";
    /* byte in the file, another value: stereo, 16 kHz, 8 bit, a-law, no RIFF, no WAVE, no fmt */
    static const unsigned char changes[][2] = {{22, 2},  {25, 0x3e}, {34, 8},   {20, 6},
                                               {0, 'r'}, {8, 'w'},   {12, 'x'}, {16, 8}};
    struct wav_reader *reader = NULL;
    unsigned char bad[sizeof(good) - 1];

    (void)state;
    put(good, sizeof(good) - 1);
    assert_int_equal(wav_reader_new(path, &reader), 0);
    wav_reader_free(reader);
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        memcpy(bad, good, sizeof(bad));
        bad[changes[i][0]] = changes[i][1];
        put(bad, sizeof(bad));
        assert_int_equal(wav_reader_new(path, &reader), EBADMSG);
    }
    assert_int_equal(wav_reader_new("/tmp/portero-is-not-there.wav", &reader), ENOENT);
    assert_int_equal(wav_reader_new("/tmp", &reader), EBADMSG);
    assert_int_equal(wav_reader_new("/dev/zero", &reader), EBADMSG);
}

static void test_a_file_that_gets_shorter_is_silence(void **state)
{
    struct wav_writer *writer = NULL;
    struct wav_reader *reader = NULL;
    int16_t samples[160];

    (void)state;
    memset(samples, 1, sizeof(samples));
    assert_int_equal(wav_writer_new(path, &writer), 0);
    assert_int_equal(wav_writer_write(writer, samples, 160), 0);
    wav_writer_free(writer);
    assert_int_equal(wav_reader_new(path, &reader), 0);
    assert_int_equal(truncate(path, 60), 0);
    wav_reader_read(reader, samples, 160);
    for (int i = 0; i < 160; i++)
        assert_int_equal(samples[i], 0);
    wav_reader_free(reader);
}

static void test_files_that_cannot_be_written(void **state)
{
    struct wav_writer *writer = NULL;
    const int16_t samples[8000] = {0};
    char link[80];

    (void)state;
    assert_int_equal(wav_writer_new("/tmp/portero-is-not-there/x.wav", &writer), ENOENT);
    assert_int_equal(wav_writer_new("/tmp", &writer), EISDIR);
    assert_int_equal(wav_writer_new("/dev/full", &writer), ENOSPC);
    (void)snprintf(link, sizeof(link), "%s-link", path);
    assert_int_equal(symlink(path, link), 0);
    assert_int_equal(wav_writer_new(link, &writer), ELOOP);
    (void)unlink(link);
    (void)samples;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read_again_and_again),
        cmocka_unit_test(test_a_file_nobody_ended_is_whole_but_for_a_second),
        cmocka_unit_test(test_the_limit),
        cmocka_unit_test(test_other_chunks_and_wrong_lengths),
        cmocka_unit_test(test_other_formats_are_refused),
        cmocka_unit_test(test_a_file_that_gets_shorter_is_silence),
        cmocka_unit_test(test_files_that_cannot_be_written),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
