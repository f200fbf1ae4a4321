/* SPDX-License-Identifier: MIT */
/* loop.h - the one event loop of the process (the SIP library's re_main).
 * Loop thread only, except loop_post. A handler that takes over LOOP_SLOW_MS is
 * logged by name: nothing here may block. */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

enum { LOOP_SLOW_MS = 100, LOOP_MAX_FDS = 1024 };

enum loop_events { LOOP_READ = 1 << 0, LOOP_WRITE = 1 << 1 };

/* Make the loop; before any other call of a library that lives in it.
 * Returns 0 or an errno value. */
int loop_init(void);
void loop_done(void);

/* Run until loop_stop() was called. Returns 0 or an errno value. */
int loop_run(void);
void loop_stop(void);

typedef void loop_fd_fn(int events, void *arg);

/* Call fn(events, arg) whenever fd is ready for one of events (enum loop_events).
 * A second call for the same fd replaces the first. The fd stays the caller's; unwatch
 * it before closing it. Returns 0 or an errno value (EMFILE: LOOP_MAX_FDS reached). */
#define loop_watch(fd, events, fn, arg) loop_watch_named(fd, events, fn, arg, #fn)
int loop_watch_named(int fd, int events, loop_fd_fn *fn, void *arg, const char *name);
void loop_unwatch(int fd);

typedef void loop_post_fn(void *arg);

/* Any thread: call fn(arg) on the loop thread, in order of posting.
 * Returns 0 or an errno value, then fn will not be called. */
int loop_post(loop_post_fn *fn, void *arg);

typedef void loop_signal_fn(int signal, void *arg);

/* Have SIGINT, SIGTERM and SIGHUP told to fn on the loop thread. They are blocked in
 * every thread made after this; SIGXFSZ is ignored, as SIGPIPE is since loop_init. Once, after
 * that. */
int loop_on_signal(loop_signal_fn *fn, void *arg);

/* For those who call into other code from the loop: note that name took from
 * start_ms (clock_monotonic_ms) until now; logs it if that was too long. */
void loop_note_slow(const char *name, unsigned long long start_ms);

#endif
