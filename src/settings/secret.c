/* SPDX-License-Identifier: MIT */
#include "settings/secret.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_FILE "portero.key"
#define KEY_FILE_NEW KEY_FILE ".new"

enum { NONCE_LEN = crypto_secretbox_NONCEBYTES };

static_assert((int)SECRET_OVERHEAD == NONCE_LEN + crypto_secretbox_MACBYTES, "as libsodium has it");

struct secret_key {
    unsigned char bytes[crypto_secretbox_KEYBYTES];
};

static int read_key(int dir_fd, struct secret_key *key)
{
    unsigned char extra;
    struct stat st;
    int err = 0;
    int fd;

    fd = openat(dir_fd, KEY_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == ELOOP ? EBADMSG : errno;
    if (fstat(fd, &st)) {
        err = errno;
        goto out;
    }
    if (!S_ISREG(st.st_mode) || (st.st_mode & (S_IRWXG | S_IRWXO)) ||
        read(fd, key->bytes, sizeof(key->bytes)) != (ssize_t)sizeof(key->bytes) ||
        read(fd, &extra, 1) != 0)
        err = EBADMSG;
out:
    (void)close(fd);
    return err;
}

/* Written beside, then renamed: a power cut leaves no half key behind, which would look
 * like a damaged one for ever. */
static int make_key(int dir_fd, struct secret_key *key)
{
    ssize_t written;
    int err = 0;
    int fd;

    randombytes_buf(key->bytes, sizeof(key->bytes));
    (void)unlinkat(dir_fd, KEY_FILE_NEW, 0); /* what a crash may have left */
    fd = openat(dir_fd, KEY_FILE_NEW, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;

    written = write(fd, key->bytes, sizeof(key->bytes));
    if (written < 0)
        err = errno;
    else if ((size_t)written != sizeof(key->bytes))
        err = ENOSPC;
    else if (fsync(fd) || renameat(dir_fd, KEY_FILE_NEW, dir_fd, KEY_FILE) || fsync(dir_fd))
        err = errno;
    (void)close(fd);
    if (err)
        (void)unlinkat(dir_fd, KEY_FILE_NEW, 0);
    return err;
}

int secret_key_load(int dir_fd, bool may_create, struct secret_key **ret_key)
{
    struct secret_key *key;
    int err;

    if (sodium_init() < 0)
        return EIO;
    key = calloc(1, sizeof(*key));
    if (!key)
        return ENOMEM;

    err = read_key(dir_fd, key);
    if (err == ENOENT && may_create)
        err = make_key(dir_fd, key);
    if (err)
        secret_key_free(key);
    else
        *ret_key = key;
    return err;
}

struct secret_key *secret_key_free(struct secret_key *key)
{
    if (key)
        sodium_memzero(key, sizeof(*key));
    free(key);
    return NULL;
}

int secret_seal(const struct secret_key *key, const char *text, unsigned char *buf, size_t size,
                size_t *ret_len)
{
    size_t len = strlen(text);

    if (len > SECRET_MAX_TEXT || size < len + SECRET_OVERHEAD)
        return EMSGSIZE;
    randombytes_buf(buf, NONCE_LEN);
    (void)crypto_secretbox_easy(buf + NONCE_LEN, (const unsigned char *)text, len, buf, key->bytes);
    *ret_len = len + SECRET_OVERHEAD;
    return 0;
}

int secret_open(const struct secret_key *key, const unsigned char *buf, size_t len, char *text,
                size_t size)
{
    size_t text_len = len - SECRET_OVERHEAD;
    int err = 0;

    if (size)
        text[0] = '\0';
    if (len < SECRET_OVERHEAD || text_len > SECRET_MAX_TEXT)
        return EBADMSG;
    if (size < text_len + 1)
        return EMSGSIZE;
    if (crypto_secretbox_open_easy((unsigned char *)text, buf + NONCE_LEN, len - NONCE_LEN, buf,
                                   key->bytes))
        err = EBADMSG;
    text[err ? 0 : text_len] = '\0';
    /* Sealed texts hold no NUL of their own. */
    if (!err && strlen(text) != text_len) {
        sodium_memzero(text, text_len);
        err = EBADMSG;
    }
    return err;
}
