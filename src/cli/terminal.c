/* SPDX-License-Identifier: MIT */
#include "cli/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };

static volatile sig_atomic_t caught;

static void on_signal(int signal)
{
    caught = signal;
}

/* A byte is there, or an error. With a mask, its signals come while this waits, and only then: one
 * that comes before it is not missed. */
static int wait_readable(const sigset_t *mask)
{
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};

    return !mask || ppoll(&fd, 1, NULL, mask) >= 0 ? 0 : errno;
}

/* Byte by byte, so that what follows the line stays for others. */
static int read_line(const sigset_t *mask, char line[TERMINAL_MAX_LINE + 1])
{
    size_t len = 0;

    for (;;) {
        int err = wait_readable(mask);
        char c;
        ssize_t n;

        if (err)
            return err;
        n = read(STDIN_FILENO, &c, 1);
        if (n < 0)
            return errno;
        if (n == 0 && len == 0)
            return ENODATA;
        if (n == 0 || c == '\n')
            break;
        if (len == TERMINAL_MAX_LINE || c == '\0')
            return EMSGSIZE;
        line[len++] = c;
    }
    if (len && line[len - 1] == '\r')
        len--;
    line[len] = '\0';
    return 0;
}

/* The terminal must not stay without echo when somebody presses Ctrl-C: so signals only end the
 * reading, and are raised again when all is as before. */
static int read_hidden(const struct termios *shown, char line[TERMINAL_MAX_LINE + 1])
{
    struct sigaction action = {.sa_handler = on_signal}, old[SIGNALS];
    struct termios hidden = *shown;
    sigset_t blocked, before;
    int err;

    caught = 0;
    (void)sigemptyset(&blocked);
    for (int i = 0; i < SIGNALS; i++)
        (void)sigaddset(&blocked, signals[i]);
    (void)sigprocmask(SIG_BLOCK, &blocked, &before);
    for (int i = 0; i < SIGNALS; i++)
        (void)sigaction(signals[i], &action, &old[i]);
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    err = tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) ? errno : 0;
    if (!err)
        err = read_line(&before, line);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, shown);
    for (int i = 0; i < SIGNALS; i++)
        (void)sigaction(signals[i], &old[i], NULL);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    (void)fputc('\n', stderr);
    if (caught)
        (void)raise(caught);
    return err;
}

bool terminal_is_there(void)
{
    return isatty(STDIN_FILENO);
}

int terminal_ask_secret(const char *prompt, char ret_line[TERMINAL_MAX_LINE + 1])
{
    struct termios shown;
    int err;

    memset(ret_line, 0, TERMINAL_MAX_LINE + 1);
    if (!terminal_is_there()) {
        err = read_line(NULL, ret_line);
    } else if (tcgetattr(STDIN_FILENO, &shown)) {
        err = errno;
    } else {
        (void)fprintf(stderr, "%s", prompt);
        (void)fflush(stderr);
        err = read_hidden(&shown, ret_line);
    }
    if (err)
        explicit_bzero(ret_line, TERMINAL_MAX_LINE + 1);
    return err;
}
