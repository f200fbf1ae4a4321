/* SPDX-License-Identifier: MIT */
/* fuzz.h - what a fuzz_NAME.c is: one function that takes any bytes and must come back, with all
 * that it promises kept. libFuzzer calls it (make fuzz), and replay.c with files as a unit test. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Returns 0. What must not be ends in abort(). */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As assert(), whatever the build. */
#define fuzz_must(is_true)                                                                         \
    do {                                                                                           \
        if (!(is_true))                                                                            \
            fuzz_broken(#is_true, __FILE__, __LINE__);                                             \
    } while (0)

_Noreturn void fuzz_broken(const char *what, const char *file, int line);

/* Inputs of several parts: records between bytes FUZZ_SEPARATOR, the first byte of each says what
 * is to be done with the rest. Takes the next one off the front of data; false at the end. */
enum { FUZZ_SEPARATOR = 0x1e };

struct fuzz_record {
    char kind;
    const uint8_t *data;
    size_t len;
};

int fuzz_next_record(const uint8_t **data, size_t *size, struct fuzz_record *ret_record);

#endif
