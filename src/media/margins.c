/* SPDX-License-Identifier: MIT */
#include "media/margins.h"

#include <limits.h>

void margins_note(struct margins *margins, int margin_ms)
{
    margins->ms[margins->next] = margin_ms;
    margins->next = (margins->next + 1) % MARGINS_MAX;
    if (!margins->n)
        margins->average_16 = margin_ms > 0 ? margin_ms * 16 : 0;
    else if (margin_ms >= 0)
        margins->average_16 += margin_ms - margins->average_16 / 16;
    if (margins->n < MARGINS_MAX)
        margins->n++;
}

void margins_shift(struct margins *margins, int by_ms)
{
    for (size_t i = 0; i < margins->n; i++)
        margins->ms[i] += by_ms;
    margins->average_16 += margins->n ? by_ms * 16 : 0;
    if (margins->average_16 < 0)
        margins->average_16 = 0;
}

int margins_kept_ms(const struct margins *margins)
{
    /* The smallest ones in order; the last of them counts. */
    int smallest[MARGINS_MAX / MARGINS_IGNORED + 1];
    size_t wanted = margins->n / MARGINS_IGNORED + 1;

    if (margins->n < MARGINS_ENOUGH)
        return 0;
    for (size_t i = 0; i < wanted; i++)
        smallest[i] = INT_MAX;
    for (size_t i = 0; i < margins->n; i++) {
        int ms = margins->ms[i];

        for (size_t k = 0; k < wanted; k++) {
            if (ms < smallest[k]) {
                int larger = smallest[k];

                smallest[k] = ms;
                ms = larger;
            }
        }
    }
    return smallest[wanted - 1];
}

unsigned margins_average_ms(const struct margins *margins)
{
    return (unsigned)(margins->average_16 + 8) / 16;
}
