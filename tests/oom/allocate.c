/* SPDX-License-Identifier: MIT */
#include "allocate.h"

#include <errno.h>
#include <execinfo.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_uint countdown; /* 1: the next one fails; 0: none */
static atomic_bool has_failed;
static atomic_long in_use;
static bool is_telling;

void allocate_fail_at(unsigned nth, bool is_told)
{
    has_failed = false;
    is_telling = is_told;
    countdown = nth;
}

unsigned allocate_hold(void)
{
    return atomic_exchange(&countdown, 0);
}

void allocate_go_on(unsigned held)
{
    countdown = held;
}

bool allocate_has_failed(void)
{
    return has_failed;
}

long allocate_in_use(void)
{
    return in_use;
}

static bool must_fail(void)
{
    void *callers[32];

    if (!countdown || atomic_fetch_sub(&countdown, 1) != 1)
        return false;
    has_failed = true;
    if (is_telling)
        backtrace_symbols_fd(callers, backtrace(callers, 32), 2);
    errno = ENOMEM;
    return true;
}

#ifdef PORTERO_SANITIZED

/* The sanitizer's malloc stays; ours is called in its place by what is linked in (--wrap). */
#define OURS(name) __wrap_##name
#define REAL(name) __real_##name
char *__wrap_strdup(const char *text);
char *__real_strdup(const char *text);

char *__wrap_strdup(const char *text)
{
    return must_fail() ? NULL : __real_strdup(text);
}

#else

/* In place of the C library's own: all libraries call these. */
#define OURS(name) name
#define REAL(name) __libc_##name

#endif

void *OURS(malloc)(size_t size);
void *OURS(calloc)(size_t n, size_t size);
void *OURS(realloc)(void *block, size_t size);
void OURS(free)(void *block);
void *REAL(malloc)(size_t size);
void *REAL(calloc)(size_t n, size_t size);
void *REAL(realloc)(void *block, size_t size);
void REAL(free)(void *block);

void *OURS(malloc)(size_t size)
{
    void *block = must_fail() ? NULL : REAL(malloc)(size);

    if (block) {
        in_use++;
        memset(block, 0xa5, size); /* nobody may hope for zeros */
    }
    return block;
}

void *OURS(calloc)(size_t n, size_t size)
{
    void *block = must_fail() ? NULL : REAL(calloc)(n, size);

    if (block)
        in_use++;
    return block;
}

void *OURS(realloc)(void *block, size_t size)
{
    void *moved;

    if (block && !size) { /* frees */
        OURS(free)(block);
        return NULL;
    }
    moved = must_fail() ? NULL : REAL(realloc)(block, size);
    if (moved && !block)
        in_use++;
    return moved;
}

void OURS(free)(void *block)
{
    int err = errno;

    if (!block)
        return;
    in_use--;
#ifndef PORTERO_SANITIZED
    memset(block, 0xdd, malloc_usable_size(block)); /* nobody may read it any more */
#endif
    REAL(free)(block);
    errno = err;
}

#ifndef PORTERO_SANITIZED

void *__libc_memalign(size_t alignment, size_t size);

void *memalign(size_t alignment, size_t size)
{
    void *block = must_fail() ? NULL : __libc_memalign(alignment, size);

    if (block)
        in_use++;
    return block;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
    *block = memalign(alignment, size);
    return *block ? 0 : ENOMEM;
}

#endif
