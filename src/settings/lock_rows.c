/* SPDX-License-Identifier: MIT */
#include "settings/lock_rows.h"

#include <stdio.h>
#include <string.h>

#include "settings/member_rows.h"

#define LOCKS "lock."     /* before the names of all */
#define CODE "dtmf_code_" /* and then the number */
#define NO_CODE "none"    /* a row that is not there is the default */

static bool read_code(const char *number, const char *text, struct lock_settings *locks)
{
    struct field_error ignored;

    if (number[0] < '0' || number[0] >= '0' + LOCK_SETTINGS_CODES || number[1])
        return true; /* a later version's */
    if (strcmp(text, NO_CODE) == 0)
        text = "";
    return member_set_text(&lock_settings_code[number[0] - '0'].members[0], locks, text, &ignored);
}

bool lock_rows_read(const char *name, const char *text, struct lock_settings *locks)
{
    if (strncmp(name, LOCKS CODE, sizeof(LOCKS CODE) - 1) == 0)
        return read_code(name + sizeof(LOCKS CODE) - 1, text, locks);
    return member_rows_read(&lock_settings_members, LOCKS, name, text, locks);
}

bool lock_rows_are_good(const struct lock_settings *locks)
{
    for (unsigned i = 0; i < LOCK_SETTINGS_CODES; i++) {
        if (lock_settings_clash(locks, i) >= 0)
            return false;
    }
    return true;
}

int lock_rows_write(sqlite3 *db, const struct lock_settings *locks)
{
    int err = member_rows_write(db, &lock_settings_members, LOCKS, locks);

    for (unsigned i = 0; i < LOCK_SETTINGS_CODES && !err; i++) {
        const char *code = locks->dtmf_code[i];
        char name[sizeof(LOCKS CODE) + 2];

        (void)snprintf(name, sizeof(name), LOCKS CODE "%u", i);
        err = member_rows_write_one(db, name, *code ? code : NO_CODE);
    }
    return err;
}
