/* SPDX-License-Identifier: MIT */
#include "settings/entry_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "settings/member_rows.h"

#define ENTRY "entry." /* before the names of all */
#define OPENING_DELAY ENTRY "opening_delay"
#define REPEAT_DELAY ENTRY "repeat_delay"
#define FREE_TIMES ENTRY "free_times"

static bool read_delay(const char *text, uint32_t *ret_delay_s)
{
    unsigned long delay_s = strtoul(text, NULL, 10);

    *ret_delay_s = (uint32_t)delay_s;
    return text[0] && strlen(text) <= 5 && text[strspn(text, "0123456789")] == '\0' &&
           delay_s >= 1 && delay_s <= ENTRY_MAX_DELAY_S;
}

bool entry_rows_read(const char *name, const char *text, struct entry_settings *entry)
{
    if (strcmp(name, OPENING_DELAY) == 0)
        return read_delay(text, &entry->opening_delay_s);
    if (strcmp(name, REPEAT_DELAY) == 0)
        return read_delay(text, &entry->repeat_delay_s);
    if (strcmp(name, FREE_TIMES) == 0)
        return entry_free_read(text, entry);
    return member_rows_read(&entry_settings_members, ENTRY, name, text, entry);
}

int entry_rows_write(sqlite3 *db, const struct entry_settings *entry)
{
    char number[12], times[ENTRY_MAX_FREE_TEXT + 1];
    int err = member_rows_write(db, &entry_settings_members, ENTRY, entry);

    (void)snprintf(number, sizeof(number), "%u", (unsigned)entry->opening_delay_s);
    if (!err)
        err = member_rows_write_one(db, OPENING_DELAY, number);
    (void)snprintf(number, sizeof(number), "%u", (unsigned)entry->repeat_delay_s);
    if (!err)
        err = member_rows_write_one(db, REPEAT_DELAY, number);
    entry_free_write(entry, times);
    return err ? err : member_rows_write_one(db, FREE_TIMES, times);
}
