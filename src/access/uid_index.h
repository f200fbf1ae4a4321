/* SPDX-License-Identifier: MIT */
/* uid_index.h - uids by a hash of 32 bits: open addressing, at most half full. It knows nothing of
 * what was hashed: who asks compares. One thread at a time. Never blocks. */
#ifndef ACCESS_UID_INDEX_H
#define ACCESS_UID_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct uid_slot {
    uint32_t hash;
    uint32_t uid; /* 0: free */
};

/* Empty when it is all zero. */
struct uid_index {
    struct uid_slot *slots;
    size_t room; /* a power of two, or 0 */
    size_t count;
};

/* Frees what it holds: then it is empty. */
void uid_index_done(struct uid_index *index);

/* Make room for count uids in all. Returns 0 or ENOMEM. */
int uid_index_reserve(struct uid_index *index, size_t count);

/* Room was made for it. uid: not 0. */
void uid_index_add(struct uid_index *index, uint32_t hash, uint32_t uid);

/* Nothing happens if it is not there. */
void uid_index_remove(struct uid_index *index, uint32_t hash, uint32_t uid);

/* The next uid with this hash; 0: no more. *steps is 0 before the first call. */
uint32_t uid_index_next(const struct uid_index *index, uint32_t hash, size_t *steps);

#endif
