/* SPDX-License-Identifier: MIT */
/* http_post.c - libcurl's multi interface: it tells which sockets and which time to wait for, we
 * tell it when they are ready. Its traps:
 * - looking up a name is a thread of its own; ending a request would wait for it, but for
 *   CURLOPT_QUICK_EXIT;
 * - its file of CAs takes 30 ms to read: only the directory is used;
 * - it takes proxies from the environment, and does not open its sockets close-on-exec. */
#include "access/http_post.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

#include "base/late.h"
#include "base/loop.h"
#include "base/timer.h"

enum { MAX_URL = 600, BUFFER_SIZE = 16 * 1024, CONNECT_MS = 8000 };

static const char library[] = "libcurl.so.4";
static const char ca_dir[] = "/etc/ssl/certs";

/* The library's functions, once it is loaded. */
static struct {
    __typeof__(&curl_global_init) global_init;
    __typeof__(&curl_slist_append) slist_append;
    __typeof__(&curl_slist_free_all) slist_free_all;
    __typeof__(&curl_easy_init) easy_init;
    __typeof__(&curl_easy_setopt) easy_setopt;
    __typeof__(&curl_easy_getinfo) easy_getinfo;
    __typeof__(&curl_easy_cleanup) easy_cleanup;
    __typeof__(&curl_easy_strerror) easy_strerror;
    __typeof__(&curl_multi_init) multi_init;
    __typeof__(&curl_multi_setopt) multi_setopt;
    __typeof__(&curl_multi_cleanup) multi_cleanup;
    __typeof__(&curl_multi_add_handle) add_handle;
    __typeof__(&curl_multi_remove_handle) remove_handle;
    __typeof__(&curl_multi_socket_action) socket_action;
    __typeof__(&curl_multi_info_read) info_read;
    __typeof__(&curl_multi_assign) assign;
} lib;

struct http_poster {
    CURLM *multi;
    struct curl_slist *headers;
    struct timer timer;
    struct http_post *first;
};

struct http_post {
    struct http_poster *poster;
    CURL *easy;
    http_post_done_fn *done;
    void *arg;
    struct http_post *next;
    char *answer; /* NULL until something has come */
    size_t len;
    bool is_too_long;
};

/* A socket that the library waits for. */
struct watch {
    struct http_poster *poster;
    curl_socket_t fd;
};

static int load(char why[HTTP_POST_MAX_WHY])
{
    const struct late_function functions[] = {
        {"curl_global_init", &lib.global_init},
        {"curl_slist_append", &lib.slist_append},
        {"curl_slist_free_all", &lib.slist_free_all},
        {"curl_easy_init", &lib.easy_init},
        {"curl_easy_setopt", &lib.easy_setopt},
        {"curl_easy_getinfo", &lib.easy_getinfo},
        {"curl_easy_cleanup", &lib.easy_cleanup},
        {"curl_easy_strerror", &lib.easy_strerror},
        {"curl_multi_init", &lib.multi_init},
        {"curl_multi_setopt", &lib.multi_setopt},
        {"curl_multi_cleanup", &lib.multi_cleanup},
        {"curl_multi_add_handle", &lib.add_handle},
        {"curl_multi_remove_handle", &lib.remove_handle},
        {"curl_multi_socket_action", &lib.socket_action},
        {"curl_multi_info_read", &lib.info_read},
        {"curl_multi_assign", &lib.assign},
    };
    int err;

    if (lib.assign)
        return 0;
    err = late_load(library, functions, sizeof(functions) / sizeof(functions[0]), why);
    if (!err && lib.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        lib.assign = NULL;
        err = ENOMEM;
    }
    return err;
}

static void forget(struct http_post *post)
{
    struct http_post **place = &post->poster->first;

    while (*place != post)
        place = &(*place)->next;
    *place = post->next;
    (void)lib.remove_handle(post->poster->multi, post->easy);
    lib.easy_cleanup(post->easy);
    if (post->answer)
        explicit_bzero(post->answer, post->len);
    free(post->answer);
    free(post);
}

/* The transfer is over. Who is told reads its answer, and may begin the next; then it goes. */
static void finish(struct http_post *post, CURLcode code)
{
    const char *why = code == CURLE_OK ? "" : lib.easy_strerror(code);
    long status = 0;
    int err = post->is_too_long ? EFBIG : code == CURLE_OK ? 0 : EIO;

    (void)lib.easy_getinfo(post->easy, CURLINFO_RESPONSE_CODE, &status);
    if (post->is_too_long)
        why = "its answer is too long";
    post->done(err, (unsigned)status, post->answer ? post->answer : "", post->len, why, post->arg);
    forget(post);
}

static void look(struct http_poster *poster)
{
    CURLMsg *message;
    int left;

    while ((message = lib.info_read(poster->multi, &left))) {
        CURLcode code = message->data.result; /* message is gone after the next call */
        CURL *easy = message->easy_handle;
        struct http_post *post = poster->first;

        while (post && post->easy != easy)
            post = post->next;
        if (message->msg == CURLMSG_DONE && post)
            finish(post, code);
    }
}

static void on_ready(int events, void *arg)
{
    struct watch watch = *(struct watch *)arg; /* may be freed in the call */
    int mask =
        (events & LOOP_READ ? CURL_CSELECT_IN : 0) | (events & LOOP_WRITE ? CURL_CSELECT_OUT : 0);
    int running;

    (void)lib.socket_action(watch.poster->multi, watch.fd, mask, &running);
    look(watch.poster);
}

static void on_time(void *arg)
{
    struct http_poster *poster = arg;
    int running;

    (void)lib.socket_action(poster->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    look(poster);
}

/* The library's wish: wait for this socket, or no longer. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
    struct http_poster *poster = arg;
    struct watch *watch = socket_arg;
    int events = (what & CURL_POLL_IN ? LOOP_READ : 0) | (what & CURL_POLL_OUT ? LOOP_WRITE : 0);

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        loop_unwatch(fd);
        free(watch);
        return 0;
    }
    if (!watch) {
        watch = calloc(1, sizeof(*watch));
        if (!watch)
            return -1;
        watch->poster = poster;
        watch->fd = fd;
        (void)lib.assign(poster->multi, fd, watch);
    }
    return loop_watch(fd, events, on_ready, watch) ? -1 : 0;
}

static int on_timeout(CURLM *multi, long timeout_ms, void *arg)
{
    struct http_poster *poster = arg;

    (void)multi;
    if (timeout_ms < 0)
        timer_stop(&poster->timer);
    else
        timer_start(&poster->timer, (uint64_t)timeout_ms, on_time, poster);
    return 0;
}

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)arg;
    (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t on_answer(char *data, size_t size, size_t count, void *arg)
{
    struct http_post *post = arg;
    size_t len = size * count;
    char *answer;

    if (len > HTTP_POST_MAX_ANSWER - post->len) {
        post->is_too_long = true;
        return 0;
    }
    if (!len)
        return 0;
    answer = realloc(post->answer, post->len + len);
    if (!answer)
        return 0;
    memcpy(answer + post->len, data, len);
    post->answer = answer;
    post->len += len;
    return len;
}

int http_poster_new(char why[HTTP_POST_MAX_WHY], struct http_poster **ret_poster)
{
    struct http_poster *poster;
    int err;

    (void)snprintf(why, HTTP_POST_MAX_WHY, "%s", strerror(ENOMEM));
    err = load(why);
    if (err)
        return err;
    poster = calloc(1, sizeof(*poster));
    if (!poster)
        return ENOMEM;
    poster->multi = lib.multi_init();
    poster->headers = lib.slist_append(NULL, "Content-Type: application/json");
    if (!poster->multi || !poster->headers) {
        http_poster_free(poster);
        return ENOMEM;
    }
    (void)lib.multi_setopt(poster->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    (void)lib.multi_setopt(poster->multi, CURLMOPT_SOCKETDATA, poster);
    (void)lib.multi_setopt(poster->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
    (void)lib.multi_setopt(poster->multi, CURLMOPT_TIMERDATA, poster);
    *ret_poster = poster;
    return 0;
}

struct http_poster *http_poster_free(struct http_poster *poster)
{
    if (!poster)
        return NULL;
    while (poster->first)
        forget(poster->first);
    if (poster->multi)
        (void)lib.multi_cleanup(poster->multi);
    lib.slist_free_all(poster->headers);
    timer_stop(&poster->timer);
    free(poster);
    return NULL;
}

static bool has_scheme(const char *url)
{
    return strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0;
}

/* How every request is made. */
static CURLcode set_manners(CURL *easy)
{
    const struct {
        CURLoption option;
        long value;
    } numbers[] = {
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_POST, 1},
        {CURLOPT_FOLLOWLOCATION, 0},
        {CURLOPT_SSL_VERIFYPEER, 1},
        {CURLOPT_SSL_VERIFYHOST, 2},
        {CURLOPT_PATH_AS_IS, 1},
        {CURLOPT_FORBID_REUSE, 1},
        {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
        {CURLOPT_BUFFERSIZE, BUFFER_SIZE},
        {CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS},
        {CURLOPT_QUICK_EXIT, 1},
    };
    const struct {
        CURLoption option;
        const char *value;
    } texts[] = {
        {CURLOPT_PROTOCOLS_STR, "http,https"},
        {CURLOPT_PROXY, ""},
        {CURLOPT_NOPROXY, "*"},
        {CURLOPT_USERAGENT, "Portero/" PORTERO_VERSION},
        {CURLOPT_CAINFO, NULL},
        {CURLOPT_CAPATH, ca_dir},
    };
    CURLcode code = CURLE_OK;

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]) && !code; i++)
        code = lib.easy_setopt(easy, numbers[i].option, numbers[i].value);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && !code; i++)
        code = lib.easy_setopt(easy, texts[i].option, texts[i].value);
    return code ? code : lib.easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
}

static CURLcode set_request(struct http_post *post, const struct http_post_request *request)
{
    char url[MAX_URL];
    CURLcode code;
    /* The library takes no const; it copies. */
    struct curl_blob blob = {.data = (void *)(uintptr_t)request->ca_pem,
                             .len = strlen(request->ca_pem),
                             .flags = CURL_BLOB_COPY};
    int len =
        snprintf(url, sizeof(url), "%s%s", has_scheme(request->url) ? "" : "http://", request->url);

    if (len < 0 || (size_t)len >= sizeof(url))
        return CURLE_URL_MALFORMAT;
    code = lib.easy_setopt(post->easy, CURLOPT_URL, url);
    if (!code)
        code = lib.easy_setopt(post->easy, CURLOPT_HTTPHEADER, post->poster->headers);
    if (!code)
        code = lib.easy_setopt(post->easy, CURLOPT_COPYPOSTFIELDS, request->body);
    if (!code)
        code = lib.easy_setopt(post->easy, CURLOPT_WRITEFUNCTION, on_answer);
    if (!code)
        code = lib.easy_setopt(post->easy, CURLOPT_WRITEDATA, post);
    if (!code && blob.len)
        code = lib.easy_setopt(post->easy, CURLOPT_CAINFO_BLOB, &blob);
    return code;
}

int http_post_start(struct http_poster *poster, const struct http_post_request *request,
                    http_post_done_fn *done, void *arg, struct http_post **ret_post)
{
    struct http_post *post = calloc(1, sizeof(*post));
    CURLcode code;

    if (!post)
        return ENOMEM;
    post->easy = lib.easy_init();
    if (!post->easy) {
        free(post);
        return ENOMEM;
    }
    post->poster = poster;
    post->done = done;
    post->arg = arg;
    code = set_manners(post->easy);
    if (!code)
        code = set_request(post, request);
    post->next = poster->first;
    poster->first = post;
    if (code || lib.add_handle(poster->multi, post->easy)) {
        forget(post);
        return code == CURLE_URL_MALFORMAT ? EINVAL : ENOMEM;
    }
    *ret_post = post;
    return 0;
}

struct http_post *http_post_end(struct http_post *post)
{
    if (post)
        forget(post);
    return NULL;
}
