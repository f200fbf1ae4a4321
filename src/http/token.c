/* SPDX-License-Identifier: MIT */
#include "http/token.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* SipHash-128 under a random key: one lookup a request must cost next to nothing, and who
 * does not know the key can neither find a token from its hash nor make two collide. */
enum {
    RANDOM_BYTES = TOKEN_LEN / 2,
    HASH_BYTES = crypto_shorthash_siphashx24_BYTES,
    BUCKETS = 2048,
};

/* Indices into entries; 0 is none, so that fresh memory is an empty table. */
typedef uint16_t place;

struct entry {
    unsigned char hash[HASH_BYTES];
    uint64_t used_ms;
    place next;  /* in the bucket, or in the list of free ones */
    place older; /* by last use */
    place newer;
};

struct tokens {
    unsigned char key[crypto_shorthash_siphashx24_KEYBYTES];
    uint64_t life_ms;
    size_t count;
    place n_touched; /* entries[1..n_touched] were used at some time: the rest costs no memory */
    place first_free;
    place oldest;
    place newest;
    place buckets[BUCKETS];
    struct entry entries[TOKENS_MAX + 1];
};

static void hash_of(const struct tokens *tokens, const char *token, unsigned char hash[HASH_BYTES])
{
    (void)crypto_shorthash_siphashx24(hash, (const unsigned char *)token, TOKEN_LEN, tokens->key);
}

/* The key is secret, so which bucket is hit tells nobody anything. */
static place *bucket_of(struct tokens *tokens, const unsigned char hash[HASH_BYTES])
{
    return &tokens->buckets[(hash[0] | (unsigned)hash[1] << 8) % BUCKETS];
}

static void unlink_age(struct tokens *tokens, place at)
{
    struct entry *entry = &tokens->entries[at];

    if (entry->older)
        tokens->entries[entry->older].newer = entry->newer;
    else
        tokens->oldest = entry->newer;
    if (entry->newer)
        tokens->entries[entry->newer].older = entry->older;
    else
        tokens->newest = entry->older;
}

static void link_newest(struct tokens *tokens, place at, uint64_t now_ms)
{
    struct entry *entry = &tokens->entries[at];

    entry->used_ms = now_ms;
    entry->newer = 0;
    entry->older = tokens->newest;
    if (tokens->newest)
        tokens->entries[tokens->newest].newer = at;
    else
        tokens->oldest = at;
    tokens->newest = at;
}

static void drop(struct tokens *tokens, place at)
{
    struct entry *entry = &tokens->entries[at];
    place *link = bucket_of(tokens, entry->hash);

    while (*link != at)
        link = &tokens->entries[*link].next;
    *link = entry->next;
    unlink_age(tokens, at);
    sodium_memzero(entry->hash, sizeof(entry->hash));
    entry->next = tokens->first_free;
    tokens->first_free = at;
    tokens->count--;
}

static place take_free(struct tokens *tokens)
{
    place at;

    if (tokens->count == TOKENS_MAX)
        drop(tokens, tokens->oldest);
    at = tokens->first_free;
    if (at)
        tokens->first_free = tokens->entries[at].next;
    else
        at = ++tokens->n_touched;
    return at;
}

/* 0 if no such token lives. */
static place find(struct tokens *tokens, const char *token, uint64_t now_ms)
{
    unsigned char hash[HASH_BYTES];
    place at;

    if (strnlen(token, TOKEN_LEN + 1) != TOKEN_LEN)
        return 0;
    hash_of(tokens, token, hash);
    for (at = *bucket_of(tokens, hash); at; at = tokens->entries[at].next) {
        if (sodium_memcmp(tokens->entries[at].hash, hash, HASH_BYTES) == 0)
            break;
    }
    if (at && now_ms - tokens->entries[at].used_ms >= tokens->life_ms) {
        drop(tokens, at);
        at = 0;
    }
    return at;
}

int tokens_new(uint64_t life_ms, struct tokens **ret_tokens)
{
    struct tokens *tokens = calloc(1, sizeof(*tokens));

    if (!tokens)
        return ENOMEM;
    tokens->life_ms = life_ms;
    randombytes_buf(tokens->key, sizeof(tokens->key));
    *ret_tokens = tokens;
    return 0;
}

struct tokens *tokens_free(struct tokens *tokens)
{
    if (tokens)
        sodium_memzero(tokens->key, sizeof(tokens->key));
    free(tokens);
    return NULL;
}

void tokens_issue(struct tokens *tokens, char ret_token[TOKEN_LEN + 1])
{
    unsigned char random[RANDOM_BYTES];
    place at = take_free(tokens);
    struct entry *entry = &tokens->entries[at];
    place *bucket;

    randombytes_buf(random, sizeof(random));
    (void)sodium_bin2hex(ret_token, TOKEN_LEN + 1, random, sizeof(random));
    sodium_memzero(random, sizeof(random));
    hash_of(tokens, ret_token, entry->hash);
    bucket = bucket_of(tokens, entry->hash);
    entry->next = *bucket;
    *bucket = at;
    link_newest(tokens, at, clock_monotonic_ms());
    tokens->count++;
}

bool tokens_use(struct tokens *tokens, const char *token)
{
    uint64_t now_ms = clock_monotonic_ms();
    place at = find(tokens, token, now_ms);

    if (!at)
        return false;
    if (at != tokens->newest) {
        unlink_age(tokens, at);
        link_newest(tokens, at, now_ms);
    }
    tokens->entries[at].used_ms = now_ms;
    return true;
}

void tokens_revoke(struct tokens *tokens, const char *token)
{
    place at = find(tokens, token, clock_monotonic_ms());

    if (at)
        drop(tokens, at);
}

void tokens_revoke_all(struct tokens *tokens)
{
    while (tokens->oldest)
        drop(tokens, tokens->oldest);
}

size_t tokens_count(const struct tokens *tokens)
{
    return tokens->count;
}
