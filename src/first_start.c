/* SPDX-License-Identifier: MIT */
#include "first_start.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "base/log.h"
#include "settings/admin.h"
#include "settings/certificate.h"

/* A random UUID (RFC 4122 section 4.4). */
static void make_serial(char serial[SERIAL_LEN + 1])
{
    unsigned char b[16];

    randombytes_buf(b, sizeof(b));
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    (void)snprintf(serial, SERIAL_LEN + 1,
                   "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
                   b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
                   b[14], b[15]);
}

static int write_password_file(int dir_fd, const char *password)
{
    char line[64];
    int n = snprintf(line, sizeof(line), "%s\n", password);
    int fd, err = 0;

    first_start_forget_password(dir_fd); /* what an unfinished first start left */
    fd = openat(dir_fd, FIRST_START_PASSWORD_FILE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    if (write(fd, line, (size_t)n) != n)
        err = errno ? errno : EIO;
    else if (fsync(fd))
        err = errno;
    (void)close(fd);
    explicit_bzero(line, sizeof(line));
    return err;
}

static int tell_password(const char *dir, int dir_fd, const char *password)
{
    int err;

    if (isatty(STDERR_FILENO)) {
        (void)dprintf(STDERR_FILENO, "\n    First password of admin: %s\n\n", password);
        return 0;
    }
    err = write_password_file(dir_fd, password);
    if (!err)
        log_info("the first password of admin is in %s/%s", dir, FIRST_START_PASSWORD_FILE);
    return err;
}

static int make_password(struct settings *settings, const char *dir, int dir_fd,
                         const char *factory_password)
{
    char password[ADMIN_PASSWORD_MAX_LEN + 1];
    char md5_hex[ADMIN_MD5_HEX_LEN + 1];
    int err = 0;

    if (factory_password[0]) {
        (void)snprintf(password, sizeof(password), "%s", factory_password);
        first_start_forget_password(dir_fd); /* of before the factory settings */
    } else {
        admin_password_random(password, sizeof(password));
        err = tell_password(dir, dir_fd, password);
    }
    if (!err)
        err = admin_md5_hex(password, md5_hex);
    if (!err)
        err = admin_hash(md5_hex, settings->admin_hash);
    explicit_bzero(password, sizeof(password));
    explicit_bzero(md5_hex, sizeof(md5_hex));
    return err;
}

int first_start_prepare(struct settings *settings, const char *dir, int dir_fd, const char *serial,
                        const char *factory_password, bool *ret_changed)
{
    int err;

    *ret_changed = false;
    if (sodium_init() < 0)
        return ENOSYS;
    if (serial[0] && strcmp(serial, settings->serial)) {
        (void)snprintf(settings->serial, sizeof(settings->serial), "%s", serial);
        *ret_changed = true;
    } else if (!settings->serial[0]) {
        make_serial(settings->serial);
        *ret_changed = true;
    }
    if (!settings->admin_hash[0]) {
        err = make_password(settings, dir, dir_fd, factory_password);
        if (err)
            return err;
        *ret_changed = true;
    }
    return 0;
}

/* "192.0.2.7" of "192.0.2.7:443"; "" if that stands for any address. */
static void host_of(const char *address, char *host, size_t size)
{
    const char *colon = strrchr(address, ':');
    int len = (int)(colon ? colon - address : 0);

    if (len > 1 && address[0] == '[')
        (void)snprintf(host, size, "%.*s", len - 2, address + 1);
    else
        (void)snprintf(host, size, "%.*s", len, address);
    if (!strcmp(host, "0.0.0.0") || !strcmp(host, "::"))
        host[0] = '\0';
}

int first_start_make_identity(struct settings *settings, const char *address, bool *ret_changed)
{
    const struct certificate_buffers buffers = {
        settings->https_certificate_pem, sizeof(settings->https_certificate_pem),
        settings->https_key_pem, sizeof(settings->https_key_pem)};
    char machine[HOST_NAME_MAX + 1] = "";
    char host[INET6_ADDRSTRLEN];
    const char *const names[] = {machine, "localhost", host};

    if (settings->https_key_pem[0])
        return 0;
    host_of(address, host, sizeof(host));
    (void)gethostname(machine, sizeof(machine) - 1);
    *ret_changed = true;
    return certificate_make(names, sizeof(names) / sizeof(names[0]), &buffers);
}

void first_start_forget_password(int dir_fd)
{
    if (unlinkat(dir_fd, FIRST_START_PASSWORD_FILE, 0) && errno != ENOENT)
        log_warn("the file %s cannot be removed: %s", FIRST_START_PASSWORD_FILE, strerror(errno));
}

void first_start_mac_address(const char *serial, char buf[18])
{
    struct ifaddrs *list = NULL;
    const unsigned char *mac = NULL;
    unsigned char made[6] = {0x02}; /* locally administered, as unique as the serial */

    (void)getifaddrs(&list);
    for (struct ifaddrs *i = list; i && !mac; i = i->ifa_next) {
        const struct sockaddr_ll *link = (const struct sockaddr_ll *)(const void *)i->ifa_addr;

        if (link && link->sll_family == AF_PACKET && !(i->ifa_flags & IFF_LOOPBACK) &&
            link->sll_halen == 6)
            mac = link->sll_addr;
    }
    if (!mac) {
        (void)sodium_hex2bin(made + 1, sizeof(made) - 1, serial, strlen(serial), "-", NULL, NULL);
        mac = made;
    }
    (void)snprintf(buf, 18, "%02X:%02X:%02X:%02X:%02X:%02X", mac[0], mac[1], mac[2], mac[3], mac[4],
                   mac[5]);
    if (list)
        freeifaddrs(list);
}
