/* SPDX-License-Identifier: MIT */
#include "fake_net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <re_types.h>
#include <re_main.h>

#include "base/hand_clock.h"
#include "base/timer.h"

enum { MAX_FDS = 1024, OUR_PORT = 5060 };

enum kind { KIND_NONE, KIND_DATAGRAM, KIND_LISTENER, KIND_OURS, KIND_THEIRS };

static struct {
    struct {
        fd_h *handler;
        void *arg;
        enum kind kind;
        bool is_connected;       /* KIND_OURS: nothing comes before */
        struct sockaddr_in peer; /* of KIND_OURS */
    } fds[MAX_FDS];
    const uint8_t *pending; /* for the next recv; NULL: nothing */
    size_t pending_len;
    bool is_closing;
    enum fake_net_peer from;
    struct {
        uint8_t data[FAKE_NET_MAX_SENT];
        size_t len;
    } sent[FAKE_NET_SENT];
    unsigned n_sent;
    struct sockaddr_in to; /* where the last of them went */
    fake_net_sent_fn *on_sent;
    uint64_t random;
} net;

int __wrap_fd_listen(int fd, int flags, fd_h *fh, void *arg);
void __wrap_fd_close(int fd);
int __wrap_bind(int fd, const struct sockaddr *addr, socklen_t len);
int __wrap_listen(int fd, int backlog);
int __real_connect(int fd, const struct sockaddr *addr, socklen_t len);
int __wrap_connect(int fd, const struct sockaddr *addr, socklen_t len);
int __wrap_accept(int fd, struct sockaddr *addr, socklen_t *len);
int __wrap_getsockname(int fd, struct sockaddr *addr, socklen_t *len);
ssize_t __wrap_send(int fd, const void *data, size_t len, int flags);
ssize_t __wrap_sendto(int fd, const void *data, size_t len, int flags, const struct sockaddr *addr,
                      socklen_t addr_len);
ssize_t __wrap_recv(int fd, void *buf, size_t size, int flags);
ssize_t __wrap_recvfrom(int fd, void *buf, size_t size, int flags, struct sockaddr *addr,
                        socklen_t *addr_len);
uint16_t __wrap_rand_u16(void);
uint32_t __wrap_rand_u32(void);
uint64_t __wrap_rand_u64(void);
void __wrap_rand_bytes(uint8_t *p, size_t size);
void __wrap_rand_str(char *str, size_t size);

/* ---- random numbers: xorshift, the same in each run ---- */

uint64_t __wrap_rand_u64(void)
{
    net.random ^= net.random << 13;
    net.random ^= net.random >> 7;
    net.random ^= net.random << 17;
    return net.random;
}

uint16_t __wrap_rand_u16(void)
{
    return (uint16_t)__wrap_rand_u64();
}

uint32_t __wrap_rand_u32(void)
{
    return (uint32_t)__wrap_rand_u64();
}

void __wrap_rand_bytes(uint8_t *p, size_t size)
{
    for (size_t i = 0; i < size; i++)
        p[i] = (uint8_t)__wrap_rand_u64();
}

void __wrap_rand_str(char *str, size_t size)
{
    for (size_t i = 0; i + 1 < size; i++)
        str[i] = (char)('a' + __wrap_rand_u64() % 26);
    if (size)
        str[size - 1] = '\0';
}

/* ---- descriptors ---- */

int __wrap_fd_listen(int fd, int flags, fd_h *fh, void *arg)
{
    int type = 0;
    socklen_t len = sizeof(type);

    if (fd < 0 || fd >= MAX_FDS)
        return EMFILE;
    net.fds[fd].handler = flags ? fh : NULL;
    net.fds[fd].arg = arg;
    if (!net.fds[fd].kind && !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) &&
        type == SOCK_DGRAM)
        net.fds[fd].kind = KIND_DATAGRAM;
    return 0;
}

void __wrap_fd_close(int fd)
{
    if (fd >= 0 && fd < MAX_FDS)
        memset(&net.fds[fd], 0, sizeof(net.fds[fd]));
}

static int find_that(enum kind kind, bool is_connected)
{
    for (int fd = 0; fd < MAX_FDS; fd++) {
        if (net.fds[fd].kind == kind && net.fds[fd].handler &&
            net.fds[fd].is_connected == is_connected)
            return fd;
    }
    return -1;
}

static int find(enum kind kind)
{
    return find_that(kind, kind == KIND_OURS);
}

static void wake(int fd, int flags)
{
    if (fd >= 0)
        net.fds[fd].handler(flags, net.fds[fd].arg);
}

static void put_address(const char *ip, struct sockaddr *addr, socklen_t *len)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(OUR_PORT)};

    if (!addr)
        return;
    (void)inet_pton(AF_INET, ip, &in.sin_addr);
    memcpy(addr, &in, *len < sizeof(in) ? *len : sizeof(in));
    *len = sizeof(in);
}

static const char *ip_of(enum fake_net_peer peer)
{
    return peer == FAKE_NET_SERVER ? FAKE_NET_SERVER_IP : FAKE_NET_STRANGER_IP;
}

int __wrap_bind(int fd, const struct sockaddr *addr, socklen_t len)
{
    (void)fd;
    (void)addr;
    (void)len;
    return 0;
}

int __wrap_listen(int fd, int backlog)
{
    (void)backlog;
    net.fds[fd].kind = KIND_LISTENER;
    return 0;
}

int __wrap_connect(int fd, const struct sockaddr *addr, socklen_t len)
{
    int type = 0;
    socklen_t type_len = sizeof(type);

    if (!getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) && type == SOCK_DGRAM)
        return __real_connect(fd, addr, len); /* sends nothing */
    net.fds[fd].kind = KIND_OURS;
    memcpy(&net.fds[fd].peer, addr,
           len < sizeof(net.fds[fd].peer) ? len : sizeof(net.fds[fd].peer));
    errno = EINPROGRESS;
    return -1;
}

int __wrap_accept(int fd, struct sockaddr *addr, socklen_t *len)
{
    int accepted = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)fd;
    if (accepted < 0 || accepted >= MAX_FDS)
        return -1;
    put_address(FAKE_NET_STRANGER_IP, addr, len);
    net.fds[accepted].kind = KIND_THEIRS;
    return accepted;
}

int __wrap_getsockname(int fd, struct sockaddr *addr, socklen_t *len)
{
    (void)fd;
    put_address("127.0.0.1", addr, len);
    return 0;
}

/* ---- sending and receiving ---- */

static ssize_t take(const void *data, size_t len, const struct sockaddr_in *to)
{
    unsigned at = net.n_sent % FAKE_NET_SENT;

    if (len > FAKE_NET_MAX_SENT) {
        errno = EMSGSIZE;
        return -1;
    }
    net.n_sent++;
    memcpy(net.sent[at].data, data, len);
    net.sent[at].len = len;
    net.to = *to;
    if (net.on_sent)
        net.on_sent(data, len);
    return (ssize_t)len;
}

ssize_t __wrap_send(int fd, const void *data, size_t len, int flags)
{
    (void)flags;
    return take(data, len, &net.fds[fd].peer);
}

ssize_t __wrap_sendto(int fd, const void *data, size_t len, int flags, const struct sockaddr *addr,
                      socklen_t addr_len)
{
    struct sockaddr_in to = {.sin_family = AF_UNSPEC};

    (void)fd;
    (void)flags;
    memcpy(&to, addr, addr_len < sizeof(to) ? addr_len : sizeof(to));
    return take(data, len, &to);
}

ssize_t __wrap_recv(int fd, void *buf, size_t size, int flags)
{
    size_t n = net.pending_len < size ? net.pending_len : size;

    (void)fd;
    (void)flags;
    if (net.is_closing)
        return 0;
    if (!net.pending) {
        errno = EAGAIN;
        return -1;
    }
    memcpy(buf, net.pending, n);
    net.pending += n;
    net.pending_len -= n;
    if (!net.pending_len)
        net.pending = NULL;
    return (ssize_t)n;
}

ssize_t __wrap_recvfrom(int fd, void *buf, size_t size, int flags, struct sockaddr *addr,
                        socklen_t *addr_len)
{
    ssize_t n = __wrap_recv(fd, buf, size, flags);

    net.pending = NULL; /* a datagram's rest is lost */
    if (n >= 0)
        put_address(ip_of(net.from), addr, addr_len);
    return n;
}

void fake_net_datagram(enum fake_net_peer from, const void *data, size_t len)
{
    net.pending = data;
    net.pending_len = len;
    net.from = from;
    wake(find(KIND_DATAGRAM), FD_READ);
    net.pending = NULL;
}

void fake_net_connected(void)
{
    int fd = find_that(KIND_OURS, false);

    if (fd < 0)
        return;
    net.fds[fd].is_connected = true;
    wake(fd, FD_WRITE);
}

void fake_net_accept(void)
{
    wake(find(KIND_LISTENER), FD_READ);
    wake(find(KIND_THEIRS), FD_WRITE);
}

void fake_net_stream(enum fake_net_peer from, const void *data, size_t len)
{
    enum kind kind = from == FAKE_NET_SERVER ? KIND_OURS : KIND_THEIRS;
    int fd;

    net.pending = len ? data : NULL;
    net.pending_len = len;
    while (net.pending && (fd = find(kind)) >= 0) {
        size_t left = net.pending_len;

        wake(fd, FD_READ);
        if (net.pending && net.pending_len == left)
            break; /* it does not want them */
    }
    net.pending = NULL;
}

void fake_net_close(enum fake_net_peer from)
{
    enum kind kind = from == FAKE_NET_SERVER ? KIND_OURS : KIND_THEIRS;
    int fd = find(kind);

    if (fd < 0)
        fd = find_that(kind, false); /* refused */
    net.is_closing = true;
    wake(fd, FD_READ);
    net.is_closing = false;
}

/* ---- the rest ---- */

void fake_net_advance_ms(uint64_t ms)
{
    timer_run_due();
    while (ms) {
        uint64_t next_ms = timer_next_ms();
        uint64_t step_ms = next_ms && next_ms < ms ? next_ms : ms;

        hand_clock_advance_ms(step_ms);
        ms -= step_ms;
        timer_run_due();
    }
}

const uint8_t *fake_net_sent(unsigned n, size_t *ret_len)
{
    unsigned at;

    *ret_len = 0;
    if (n >= FAKE_NET_SENT || n >= net.n_sent)
        return NULL;
    at = (net.n_sent - 1 - n) % FAKE_NET_SENT;
    *ret_len = net.sent[at].len;
    return net.sent[at].data;
}

bool fake_net_is_to_server(bool whatever_port)
{
    return net.to.sin_family == AF_INET &&
           net.to.sin_addr.s_addr == inet_addr(FAKE_NET_SERVER_IP) &&
           (whatever_port || net.to.sin_port == htons(OUR_PORT));
}

void fake_net_on_sent(fake_net_sent_fn *on_sent)
{
    net.on_sent = on_sent;
}

void fake_net_reset(void)
{
    net.n_sent = 0;
    net.random = 0x9e3779b97f4a7c15u;
}
