/* SPDX-License-Identifier: MIT */
#include "settings/member_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "settings/database.h"

enum { MAX_NAME = 64 };

static bool set(const struct member *member, const char *text, void *value)
{
    struct field_error ignored;

    switch (member->type) {
    case MEMBER_UINT16:
        return *text && strlen(text) <= 5 && text[strspn(text, "0123456789")] == '\0' &&
               member_set_number(member, value, strtoll(text, NULL, 10), &ignored);
    case MEMBER_BOOL:
        member_set_bool(member, value, strcmp(text, "on") == 0);
        return strcmp(text, "on") == 0 || strcmp(text, "off") == 0;
    case MEMBER_TEXT:
    case MEMBER_CHOICE:
        break;
    }
    return member_set_text(member, value, text, &ignored);
}

bool member_rows_read(const struct member_table *table, const char *prefix, const char *name,
                      const char *text, void *value)
{
    size_t len = strlen(prefix);
    const struct member *member;

    if (strncmp(name, prefix, len) != 0)
        return true;
    member = member_find(table, name + len);
    return !member || set(member, text, value);
}

int member_rows_write_one(sqlite3 *db, const char *name, const char *text)
{
    const char *sql = *text ? "INSERT INTO setting (name, value) VALUES (?1, ?2)"
                              " ON CONFLICT (name) DO UPDATE SET value = ?2 WHERE value <> ?2"
                            : "DELETE FROM setting WHERE name = ?1 AND ?2 = ''";
    sqlite3_stmt *stmt = NULL;
    int err;

    err = database_prepare_kept(db, sql, &stmt); /* a hundred of them with each change */
    if (!err)
        err = database_errno(db, sqlite3_bind_text(stmt, 1, name, -1, NULL));
    if (!err)
        err = database_errno(db, sqlite3_bind_text(stmt, 2, text, -1, NULL));
    if (!err)
        err = database_errno(db, sqlite3_step(stmt));
    database_give_back(stmt);
    return err;
}

int member_rows_write(sqlite3 *db, const struct member_table *table, const char *prefix,
                      const void *value)
{
    int err = 0;

    for (size_t i = 0; i < table->count && !err; i++) {
        const struct member *member = &table->members[i];
        char name[MAX_NAME], number[8];
        const char *text = number;

        (void)snprintf(name, sizeof(name), "%s%s", prefix, member->name);
        if (member->type == MEMBER_UINT16)
            (void)snprintf(number, sizeof(number), "%u", member_number(member, value));
        else if (member->type == MEMBER_BOOL)
            text = member_is_true(member, value) ? "on" : "off";
        else
            text = member_text(member, value);
        err = member_rows_write_one(db, name, text);
    }
    return err;
}
