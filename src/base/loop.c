/* SPDX-License-Identifier: MIT */
#include "base/loop.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_list.h>
#include <re_mbuf.h>
#include <re_mem.h>
#include <re_mqueue.h>
#include <re_main.h>
#include <re_tmr.h>
#define DEBUG_MODULE "loop" /* re_dbg.h asks for both */
#define DEBUG_LEVEL 0
#include <re_dbg.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/timer.h"

/* Indexed by fd; the library keeps its own table, this one adds the names. */
struct watch {
    loop_fd_fn *fn;
    void *arg;
    const char *name;
};

/* What loop_post was given. */
struct post {
    loop_post_fn *fn;
    void *arg;
    struct post *next;
};

static struct {
    struct mqueue *queue; /* wakes the loop, once for each post */
    pthread_mutex_t posts_mutex;
    struct post *first_post;
    struct post **posts_end;
    struct watch *watches;
    int signal_fd;
    loop_signal_fn *on_signal;
    void *on_signal_arg;
} loop = {.signal_fd = -1, .posts_mutex = PTHREAD_MUTEX_INITIALIZER};

void loop_note_slow(const char *name, unsigned long long start_ms)
{
    unsigned long long took_ms = clock_monotonic_ms() - start_ms;

    if (took_ms > LOOP_SLOW_MS)
        log_warn("loop: %s took %llu ms", name ? name : "a handler", took_ms);
}

/* What the library prints on its own goes to our log, at debug: it names no cause and no
 * remedy, and strangers can provoke it. */
static void on_library_message(int level, const char *text, size_t len, void *arg)
{
    (void)level;
    (void)arg;
    while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        len--;
    log_debug("libre: %.*s", (int)len, text);
}

static void on_fd(int flags, void *arg)
{
    struct watch *watch = arg;
    const char *name = watch->name;
    uint64_t start_ms = clock_monotonic_ms();

    watch->fn(((flags & FD_READ) ? LOOP_READ : 0) | ((flags & FD_WRITE) ? LOOP_WRITE : 0),
              watch->arg);
    loop_note_slow(name, start_ms);
}

int loop_watch_named(int fd, int events, loop_fd_fn *fn, void *arg, const char *name)
{
    int flags = ((events & LOOP_READ) ? FD_READ : 0) | ((events & LOOP_WRITE) ? FD_WRITE : 0);

    if (fd < 0 || fd >= LOOP_MAX_FDS)
        return EMFILE;
    loop.watches[fd] = (struct watch){.fn = fn, .arg = arg, .name = name};
    return fd_listen(fd, flags, on_fd, &loop.watches[fd]);
}

void loop_unwatch(int fd)
{
    fd_close(fd);
}

static struct post *pop_post(void)
{
    struct post *post;

    (void)pthread_mutex_lock(&loop.posts_mutex);
    post = loop.first_post;
    if (post)
        loop.first_post = post->next;
    if (!loop.first_post)
        loop.posts_end = &loop.first_post;
    (void)pthread_mutex_unlock(&loop.posts_mutex);
    return post;
}

static void on_posted(int id, void *data, void *arg)
{
    struct post *post = pop_post();
    loop_post_fn *fn = post->fn;
    void *fn_arg = post->arg;

    (void)id;
    (void)data;
    (void)arg;
    free(post);
    fn(fn_arg);
}

int loop_post(loop_post_fn *fn, void *arg)
{
    struct post *post = calloc(1, sizeof(*post));
    int err;

    if (!post)
        return ENOMEM;
    post->fn = fn;
    post->arg = arg;
    (void)pthread_mutex_lock(&loop.posts_mutex);
    err = mqueue_push(loop.queue, 0, NULL);
    if (!err) {
        *loop.posts_end = post;
        loop.posts_end = &post->next;
    }
    (void)pthread_mutex_unlock(&loop.posts_mutex);
    if (err)
        free(post);
    return err;
}

static void on_signal_fd(int events, void *arg)
{
    struct signalfd_siginfo info;

    (void)events;
    (void)arg;
    while (read(loop.signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
        loop.on_signal((int)info.ssi_signo, loop.on_signal_arg);
}

int loop_on_signal(loop_signal_fn *fn, void *arg)
{
    sigset_t set;
    int err;

    (void)signal(SIGXFSZ, SIG_IGN);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGHUP);
    err = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (err)
        return err;
    loop.signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (loop.signal_fd < 0)
        return errno;
    loop.on_signal = fn;
    loop.on_signal_arg = arg;
    return loop_watch(loop.signal_fd, LOOP_READ, on_signal_fd, NULL);
}

static void set_flag(void *arg)
{
    *(bool *)arg = true;
}

/* What libre_init() and libre_close() would do about OpenSSL: prepare it with all that it has. It
 * does so by itself when it is first used, which takes 0.5 ms that a first REGISTER without TLS
 * need not wait for. */
int openssl_init(void);
void openssl_close(void);

int openssl_init(void)
{
    return 0;
}

void openssl_close(void)
{
}

/* Our tmr_*() must be the ones that were linked: a timer of the library has to be in our
 * heap. Otherwise a step of the clock would leave a door open; refuse to start. */
static int check_timers(void)
{
    struct tmr tmr;
    bool fired = false;

    tmr_init(&tmr);
    tmr_start(&tmr, 0, set_flag, &fired);
    if (!timer_is_running((struct timer *)(void *)&tmr) || timer_next_ms() == 0) {
        log_error("loop: the SIP library was linked with its own timers");
        return ENOTSUP;
    }
    timer_run_due();
    return fired ? 0 : ENOTSUP;
}

int loop_init(void)
{
    int err;

    dbg_init(DBG_INFO, DBG_NONE);
    dbg_handler_set(on_library_message, NULL);
    (void)signal(SIGPIPE, SIG_IGN); /* OpenSSL writes to sockets that were closed */
    /* No error texts, whoever is the first to use OpenSSL: 1 MB that nobody reads. */
    (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS, NULL);
    err = libre_init();
    if (err)
        return err;
    err = check_timers();
    if (err)
        goto out;
    err = fd_setsize(LOOP_MAX_FDS);
    if (err)
        goto out;
    loop.watches = calloc(LOOP_MAX_FDS, sizeof(*loop.watches));
    if (!loop.watches) {
        err = ENOMEM;
        goto out;
    }
    loop.posts_end = &loop.first_post;
    err = mqueue_alloc(&loop.queue, on_posted, NULL);

out:
    if (err)
        loop_done();
    return err;
}

void loop_done(void)
{
    struct post *post;

    if (loop.signal_fd >= 0) {
        loop_unwatch(loop.signal_fd);
        (void)close(loop.signal_fd);
        loop.signal_fd = -1;
    }
    loop.queue = mem_deref(loop.queue);
    while ((post = pop_post()))
        free(post);
    free(loop.watches);
    loop.watches = NULL;
    libre_close();
}

int loop_run(void)
{
    return re_main(NULL);
}

void loop_stop(void)
{
    re_cancel();
}
