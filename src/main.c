/* SPDX-License-Identifier: MIT */
/* main.c - hardens the process and does what the command line says. */
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/log.h"
#include "check_alone.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "config.h"
#include "daemon.h"
#include "settings/json_memory.h"

enum { EXIT_WRONG_USE = 2 };

/* No core with secrets in it, nothing readable by others, little memory; and what JSON held, which
 * may be passwords, is wiped. */
static void harden(void)
{
    const struct rlimit none = {0, 0};

    (void)umask(077);
    (void)setrlimit(RLIMIT_CORE, &none);
#ifndef PORTERO_SANITIZED /* the leak checker traces its own process */
    (void)prctl(PR_SET_DUMPABLE, 0);
#endif
    (void)mallopt(M_ARENA_MAX, 1);
    json_memory_init();
}

static void print_help(void)
{
    (void)printf("Portero %s: the software of a SIP door panel\n\n"
                 "usage: portero run [OPTION ...]\n"
                 "       portero VERB [--state DIR] [--config FILE] [--json]\n"
                 "       portero --version | --help\n\n"
                 "Options of run:\n%s\n"
                 "Verbs for a panel that runs:\n%s\nSee portero(8).\n",
                 PORTERO_VERSION, config_help, cli_help);
}

static int run_panel(int argc, char *argv[])
{
    if (argc == 1 && !strcmp(argv[0], "--help")) {
        print_help();
        return EXIT_SUCCESS;
    }
    harden();
    return daemon_run(argc, argv);
}

static int check_by_ourselves(unsigned account, struct json_t **ret_report, void *arg)
{
    return check_alone(arg, account, ret_report);
}

/* What the verbs need of the configuration is where the state is, and for a check without a
 * running panel how SIP goes out. */
static int read_cli_config(const struct arguments *arguments, struct config *config,
                           char message[CONFIG_MAX_MESSAGE])
{
    const char *const options[][2] = {{"--config", arguments->config},
                                      {"--state", arguments->state},
                                      {"--sip-ca", arguments->sip_ca}};
    char *argv[6];
    int argc = 0;

    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (!options[i][1])
            continue;
        argv[argc++] = (char *)(uintptr_t)options[i][0];
        argv[argc++] = (char *)(uintptr_t)options[i][1];
    }
    return config_read(argc, argv, config, message);
}

static int run_verb(int argc, char *argv[])
{
    struct arguments arguments;
    struct config config;
    char message[CONFIG_MAX_MESSAGE];
    int code;

    harden();
    if (arguments_read(argc, argv, &arguments, message) ||
        (!arguments.is_help && read_cli_config(&arguments, &config, message))) {
        (void)fprintf(stderr, "portero: %s\n", message);
        return EXIT_WRONG_USE;
    }
    if (arguments.is_help) {
        print_help();
        return EXIT_SUCCESS;
    }
    log_set_level(LOG_LEVEL_ERROR); /* the answer says what there is to say */
    code = cli_run(&arguments, config.state, check_by_ourselves, &config);
    explicit_bzero(config.factory_password, sizeof(config.factory_password));
    return code;
}

static bool is_planned_verb(const char *verb)
{
    static const char *const planned[] = {"fleet"};

    for (size_t i = 0; i < sizeof(planned) / sizeof(planned[0]); i++) {
        if (!strcmp(verb, planned[i]))
            return true;
    }
    return false;
}

int main(int argc, char *argv[])
{
    const char *verb = argc > 1 ? argv[1] : "";

    if (!strcmp(verb, "run"))
        return run_panel(argc - 2, argv + 2);
    if (cli_has_verb(verb))
        return run_verb(argc - 1, argv + 1);
    if (!strcmp(verb, "--version")) {
        (void)printf("portero %s\n", PORTERO_VERSION);
        return EXIT_SUCCESS;
    }
    if (!strcmp(verb, "--help")) {
        print_help();
        return EXIT_SUCCESS;
    }
    (void)fprintf(stderr, "portero: %s%s (see portero --help)\n", verb[0] ? verb : "no verb given",
                  is_planned_verb(verb) ? " is not there yet"
                  : verb[0]             ? " is not a verb"
                                        : "");
    return EXIT_WRONG_USE;
}
