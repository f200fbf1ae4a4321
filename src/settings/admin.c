/* SPDX-License-Identifier: MIT */
#include "settings/admin.h"

#include <assert.h>
#include <errno.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
    HASH_PASSES = 2,
    HASH_MEMORY = 19 * 1024 * 1024,
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

void admin_md5_hex(const char *password, char ret_hex[ADMIN_MD5_HEX_LEN + 1])
{
    unsigned char md5[MD5_LEN] = {0};

    /* Fails only where MD5 is forbidden; "" then matches nothing that a client may send. */
    ret_hex[0] = '\0';
    if (EVP_Digest(password, strlen(password), md5, NULL, EVP_md5(), NULL) == 1)
        sodium_bin2hex(ret_hex, ADMIN_MD5_HEX_LEN + 1, md5, sizeof(md5));
    sodium_memzero(md5, sizeof(md5));
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

bool admin_hash_matches(const char *hash, const char *md5_hex)
{
    if (sodium_init() < 0)
        return false;
    return crypto_pwhash_str_verify(hash, md5_hex, strlen(md5_hex)) == 0;
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
