/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <string.h>

bool text_has_ending(const char *text, const char *ending)
{
    size_t len = strlen(text), ending_len = strlen(ending);

    return ending_len && ending_len <= len && strcmp(text + len - ending_len, ending) == 0;
}
