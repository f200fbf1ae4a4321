/* SPDX-License-Identifier: MIT */
#include "settings/admin.h"

#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HASH_PASSES = 2,
    HASH_MEMORY = 19 * 1024 * 1024,
    HASH_BYTES = 32, /* as libsodium's texts have it */
    MD5_LEN = ADMIN_MD5_HEX_LEN / 2,
    RANDOM_LEN = 12, /* 69 bits */
};

static_assert(ADMIN_HASH_MAX_LEN + 1 == crypto_pwhash_STRBYTES, "as libsodium has it");

bool admin_password_is_valid(const char *password)
{
    size_t len = strnlen(password, ADMIN_PASSWORD_MAX_LEN + 1);

    if (len < ADMIN_PASSWORD_MIN_LEN || len > ADMIN_PASSWORD_MAX_LEN)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (password[i] < 0x20 || password[i] > 0x7e)
            return false;
    }
    return true;
}

int admin_md5_hex(const char *password, char ret_hex[ADMIN_MD5_HEX_LEN + 1])
{
    unsigned char md5[MD5_LEN] = {0};

    ret_hex[0] = '\0';
    if (EVP_Digest(password, strlen(password), md5, NULL, EVP_md5(), NULL) != 1) {
        ERR_clear_error();
        return ENOMEM;
    }
    sodium_bin2hex(ret_hex, ADMIN_MD5_HEX_LEN + 1, md5, sizeof(md5));
    sodium_memzero(md5, sizeof(md5));
    return 0;
}

bool admin_md5_hex_normalise(const char *text, char ret_hex[ADMIN_MD5_HEX_LEN + 1])
{
    unsigned char md5[MD5_LEN];
    size_t len = strnlen(text, ADMIN_MD5_HEX_LEN + 1);
    const char *end;

    if (len != ADMIN_MD5_HEX_LEN || sodium_hex2bin(md5, sizeof(md5), text, len, NULL, NULL, &end) ||
        end != text + len)
        return false;
    sodium_bin2hex(ret_hex, ADMIN_MD5_HEX_LEN + 1, md5, sizeof(md5));
    return true;
}

int admin_hash(const char *md5_hex, char ret_hash[ADMIN_HASH_MAX_LEN + 1])
{
    if (sodium_init() < 0)
        return ENOMEM;
    if (crypto_pwhash_str_alg(ret_hash, md5_hex, strlen(md5_hex), HASH_PASSES, HASH_MEMORY,
                              crypto_pwhash_ALG_ARGON2ID13))
        return ENOMEM;
    return 0;
}

/* A stored hash taken apart. */
struct stored {
    unsigned long passes, memory_kib;
    unsigned char salt[crypto_pwhash_SALTBYTES];
    unsigned char hash[HASH_BYTES];
};

/* Up to `end` or the end of the text, exactly `size` bytes. Returns what follows; NULL: wrong. */
static const char *read_base64(const char *text, char end, unsigned char *bytes, size_t size)
{
    const char *rest;
    size_t len;

    if (sodium_base642bin(bytes, size, text, strlen(text), NULL, &len, &rest,
                          sodium_base64_VARIANT_ORIGINAL_NO_PADDING) ||
        len != size || *rest != end)
        return NULL;
    return end ? rest + 1 : rest;
}

static bool stored_parse(const char *text, struct stored *ret_stored)
{
    int at = 0;

    if (sscanf(text, "$argon2id$v=19$m=%lu,t=%lu,p=1$%n", &ret_stored->memory_kib,
               &ret_stored->passes, &at) != 2 ||
        !at)
        return false;
    text = read_base64(text + at, '$', ret_stored->salt, sizeof(ret_stored->salt));
    return text && read_base64(text, '\0', ret_stored->hash, sizeof(ret_stored->hash));
}

/* crypto_pwhash_str_verify would call a lack of memory a wrong password. */
int admin_hash_matches(const char *hash, const char *md5_hex, bool *ret_matches)
{
    unsigned char computed[HASH_BYTES];
    struct stored stored;

    *ret_matches = false;
    if (sodium_init() < 0)
        return ENOMEM;
    if (!stored_parse(hash, &stored))
        return 0;
    if (crypto_pwhash(computed, sizeof(computed), md5_hex, strlen(md5_hex), stored.salt,
                      stored.passes, stored.memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13))
        return ENOMEM;
    *ret_matches = sodium_memcmp(computed, stored.hash, sizeof(computed)) == 0;
    sodium_memzero(computed, sizeof(computed));
    return 0;
}

void admin_password_random(char *buf, size_t size)
{
    static const char set[] = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    size_t len = 0;

    if (size == 0)
        return;
    if (sodium_init() < 0)
        abort(); /* as libsodium itself does without randomness: no password must be guessable */
    for (; len < RANDOM_LEN && len < size - 1; len++)
        buf[len] = set[randombytes_uniform(sizeof(set) - 1)];
    buf[len] = '\0';
}
