/* SPDX-License-Identifier: MIT */
/* random_libre.c - the SIP library's random numbers, from the kernel.
 *
 * The library asks OpenSSL, whose first random byte costs 1.5 ms: too much of the time from start
 * to the first REGISTER. This file defines every symbol of its rand.o, so the linker, which sees
 * our objects before libre.a, never takes that member. */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include <re_types.h>
#include <re_sys.h>

void rand_bytes(uint8_t *p, size_t size)
{
    while (size) {
        ssize_t n = getrandom(p, size, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) /* the kernel has no such call: nothing here could be kept secret */
            abort();
        p += n;
        size -= (size_t)n;
    }
}

void rand_init(void)
{
}

uint16_t rand_u16(void)
{
    return (uint16_t)rand_u32();
}

uint32_t rand_u32(void)
{
    uint32_t v;

    rand_bytes((uint8_t *)&v, sizeof(v));
    return v;
}

uint64_t rand_u64(void)
{
    uint64_t v;

    rand_bytes((uint8_t *)&v, sizeof(v));
    return v;
}

char rand_char(void)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    return alphabet[rand_u32() % (sizeof(alphabet) - 1)];
}

void rand_str(char *str, size_t size)
{
    if (!str || !size)
        return;
    size--;
    str[size] = '\0';
    while (size--)
        str[size] = rand_char();
}
