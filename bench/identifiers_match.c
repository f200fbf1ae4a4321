/* SPDX-License-Identifier: MIT */
/* Measured by identifiers.py: usage: identifiers_match COUNT ROUNDS. Prints ns a match, round by
 * round. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "access/identifiers.h"

enum { MATCHES = 20000 };

static struct identifiers *make_table(unsigned count)
{
    struct identifiers *table = NULL;

    if (identifiers_new(&table))
        abort();
    for (unsigned n = 1; n <= count; n++) {
        struct identifier it = {.uid = n,
                                .type = IDENTIFIER_CARD,
                                .is_time_permanent = true,
                                .is_passes_permanent = true};

        (void)snprintf(it.number, sizeof(it.number), "00-00-00-%02X-%02X-%02X-%02X", n >> 16 & 255,
                       n >> 8 & 255, n & 255, n * 7 & 255);
        (void)snprintf(it.name, sizeof(it.name), "%u", n % 300);
        if (identifiers_append(table, &it))
            abort();
    }
    return table;
}

int main(int argc, char *argv[])
{
    unsigned count = argc == 3 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
    unsigned rounds = argc == 3 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    static char scans[MATCHES][24];
    struct identifiers *table;
    struct identifier it;

    if (count == 0 || count > IDENTIFIERS_MAX)
        return 2;
    table = make_table(count);
    srand(1);
    for (unsigned i = 0; i < MATCHES; i++) {
        unsigned n = (unsigned)rand() % count + 1;

        (void)snprintf(scans[i], sizeof(scans[i]), "%010u",
                       (n >> 16 & 255) << 24 | (n >> 8 & 255) << 16 | (n & 255) << 8 |
                           (n * 7 & 255));
    }
    while (rounds--) {
        struct timespec begin, end;

        (void)clock_gettime(CLOCK_MONOTONIC, &begin);
        for (unsigned i = 0; i < MATCHES; i++) {
            if (identifiers_match(table, IDENTIFIER_CARD, scans[i], 0, &it) != IDENTIFIERS_GRANTED)
                abort();
        }
        (void)clock_gettime(CLOCK_MONOTONIC, &end);
        (void)printf("%.1f\n", ((double)(end.tv_sec - begin.tv_sec) * 1e9 +
                                (double)(end.tv_nsec - begin.tv_nsec)) /
                                   MATCHES);
    }
    identifiers_free(table);
    return 0;
}
