/* SPDX-License-Identifier: MIT */
/* identifier.h - a card, key, code, QR code, face or licence plate that may open a door, as a
 * value: its limits, its key and when it is good. Pure functions, any thread. */
#ifndef ACCESS_IDENTIFIER_H
#define ACCESS_IDENTIFIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    IDENTIFIER_MAX_UID = 999999999, /* uids are 1 to this */
    IDENTIFIER_MAX_NAME = 128,      /* bytes, as all of these */
    IDENTIFIER_MAX_NUMBER = 64,
    IDENTIFIER_MAX_LINK = 64,
    IDENTIFIER_MAX_CODE = 10,    /* digits of a code */
    IDENTIFIER_MAX_BYTES = 8,    /* of a card */
    IDENTIFIER_MAX_DECIMAL = 20, /* digits of a card */
    IDENTIFIER_MAX_PASSES = 1000000,
};

/* The last second that people write with four digits of the year. */
#define IDENTIFIER_MAX_TIME_S INT64_C(253402300799)

enum identifier_type {
    IDENTIFIER_CARD,
    IDENTIFIER_UKEY,
    IDENTIFIER_CODE,
    IDENTIFIER_FACE,
    IDENTIFIER_QR,
    IDENTIFIER_PLATE,
    IDENTIFIER_TYPES,
};

enum identifier_lock { IDENTIFIER_FIRST, IDENTIFIER_SECOND, IDENTIFIER_ALL, IDENTIFIER_LOCKS };

enum identifier_owner { IDENTIFIER_OWNER, IDENTIFIER_GUEST, IDENTIFIER_OWNERS };

/* A value: copy by =. */
struct identifier {
    uint32_t uid; /* 0: none yet */
    enum identifier_type type;
    enum identifier_lock lock;
    enum identifier_owner owner;
    bool is_time_permanent;
    bool is_passes_permanent;
    uint32_t max_passes;  /* 1 to IDENTIFIER_MAX_PASSES; 0 if permanent */
    uint32_t passes_left; /* up to max_passes */
    int64_t from_s;       /* Unix time; both 0 if permanent */
    int64_t to_s;         /* the last second that is good */
    char name[IDENTIFIER_MAX_NAME + 1];
    char number[IDENTIFIER_MAX_NUMBER + 1]; /* exactly as written */
    char link_id[IDENTIFIER_MAX_LINK + 1];  /* "": none */
    char apartment_link_id[IDENTIFIER_MAX_LINK + 1];
};

/* What two numbers that mean the same have in common. A value. */
struct identifier_key {
    enum identifier_type type;
    unsigned len;
    unsigned char bytes[IDENTIFIER_MAX_NUMBER];
};

/* "card", "ukey", "inputCode", "face_id", "qr", "license_plate"; "first", "second", "all";
 * "owner", "guest". */
const char *identifier_type_text(enum identifier_type type);
const char *identifier_lock_text(enum identifier_lock lock);
const char *identifier_owner_text(enum identifier_owner owner);

/* The other way, exactly. False: there is no such word. */
bool identifier_type_parse(const char *text, enum identifier_type *ret_type);
bool identifier_lock_parse(const char *text, enum identifier_lock *ret_lock);
bool identifier_owner_parse(const char *text, enum identifier_owner *ret_owner);

/* The key of a number of this type. Cards and ukeys by value: "00-00-1A-2B", "1a:2b" and "6699" are
 * one; bytes as hex with dashes or colons, most significant first, or decimal. Codes by their
 * digits; QR codes by their UUID in any case; faces and plates as they are written. Returns NULL,
 * or in words what such a number must be; then the key is undefined. */
const char *identifier_key_read(enum identifier_type type, const char *number,
                                struct identifier_key *ret_key);

bool identifier_key_is_same(const struct identifier_key *a, const struct identifier_key *b);

/* Spreads keys over 32 bits. */
uint32_t identifier_key_hash(const struct identifier_key *key);

/* The same for a text that is its own key. */
uint32_t identifier_text_hash(const char *text);

/* Is the text at most max_len bytes of UTF-8 without control characters? */
bool identifier_text_is_good(const char *text, size_t max_len);

/* Are all of its members within their limits, and is its number one of its type? */
bool identifier_is_good(const struct identifier *identifier);

/* passes_left as it must be after a change from old (NULL: it is new): those left stay, unless it
 * is another number of passes that is allowed. */
void identifier_keep_passes(struct identifier *identifier, const struct identifier *old);

enum identifier_state {
    IDENTIFIER_GOOD,
    IDENTIFIER_NOT_YET, /* its time has not come */
    IDENTIFIER_EXPIRED,
    IDENTIFIER_NO_PASSES, /* none left */
    IDENTIFIER_NO_CLOCK,  /* it has a time, and the clock is not set */
};

/* now_s: Unix time. Before this release of Portero no clock is right: it is taken as not set, and
 * what has a time is then good at no time, so that an expired one cannot come back by pulling a
 * plug.
 */
enum identifier_state identifier_state_at(const struct identifier *identifier, int64_t now_s);

#endif
