/* SPDX-License-Identifier: MIT */
/* agent.h - one SIP account at work: finds the server, registers, refreshes, tries again, says
 * goodbye, and can always tell how things stand and why. Loop thread only. Never blocks. */
#ifndef SIP_AGENT_H
#define SIP_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "settings/sip_settings.h"
#include "sip/call.h"

struct agent;
struct audio_stats;
struct event_bus;
struct report;
struct sound;
struct trace;
struct worker;

enum {
    AGENT_LEAVE_MS = 500, /* how long the goodbye at a change of account may take */
    AGENT_STOP_MS = 2000, /* and the one at the end */
    AGENT_MAX_REASON = 200,
    AGENT_MAX_CALLS = 4,
};

struct agent_config {
    const char *bind;               /* "ADDR:PORT" or NULL: see transport.h; borrowed */
    const char *ca_file;            /* CAs to trust besides the system's, or NULL; borrowed */
    const char *nameserver;         /* "ADDR:PORT" or NULL for the system's; borrowed */
    const char *serial;             /* UUID of this panel; borrowed */
    unsigned keepalive_s;           /* how often the way to the server is held open; 0: never */
    bool keepalive_is_options;      /* over UDP by OPTIONS, which also notices a dead server */
    struct worker *resolver_worker; /* borrowed */
    struct event_bus *events;       /* borrowed */
    struct sound *sound;            /* of its calls; borrowed; NULL: no calls, in or out */
};

enum agent_state { AGENT_OFF, AGENT_TRYING, AGENT_REGISTERED };

/* How things stand. A value. Times are Unix seconds, 0: none. */
struct agent_status {
    enum agent_state state;
    int code;                      /* of the last final response; 0: none */
    char reason[AGENT_MAX_REASON]; /* "" when registered */
    int64_t last_attempt_at_s;
    int64_t expires_at_s;
    int64_t next_attempt_at_s;
    bool is_unchecked;           /* TLS without a check of the certificate */
    char public_address[64];     /* by STUN; "" if not known */
    char stun[AGENT_MAX_REASON]; /* "off", "ok", "not asked yet", or what is wrong */
};

/* Make an agent that is off, and open its port.
 * Returns 0; EINVAL (bind or nameserver is no address); ENOENT or ENOMSG (ca_file cannot be
 * read, or has no certificate in it); or an errno value of opening the configured address
 * (EADDRINUSE, EADDRNOTAVAIL, EACCES). Without a configured address a busy port is no failure: the
 * status will tell. Caller owns *ret_agent. */
int agent_new(const struct agent_config *config, struct agent **ret_agent);

/* Instant; says no goodbye. NULL is fine; returns NULL. */
struct agent *agent_free(struct agent *agent);

/* Use these settings from now on; NULL: switch SIP off. Copied. The same account goes on with
 * the same Call-ID; another one is un-registered first. Failures show in the status. Calls that run
 * by UDP or TCP go on as they are, and the TCP connections that stand are kept for them; all calls
 * end when the account before had TLS, or SIP is switched off. */
void agent_apply(struct agent *agent, const struct sip_settings *settings);

/* Register now, whatever the timers say. Nothing happens while off. */
void agent_register_now(struct agent *agent);

typedef void agent_stopped_fn(void *arg);

/* Switch off for good and tell when the server has been told, after AGENT_STOP_MS at the
 * latest; always later, from the loop. Free the agent after that. */
void agent_stop(struct agent *agent, agent_stopped_fn *stopped, void *arg);

/* How to go on after a failure (default: on, 900 s).
 *   is_on      false: try again only on new settings, when the network is back (not after a
 *              refusal), with another address of ours, or by agent_register_now
 *   longest_s  the longest pause of our own between attempts; a server may ask for more */
void agent_set_retry(struct agent *agent, bool is_on, unsigned longest_s);

/* Whom to trust for TLS, besides the system's CAs and ca_file.
 *   ca_pem     certificates as PEM; "" or NULL: none
 *   is_strict  false: any certificate will do; the status says so
 * Takes effect with the next agent_apply. Returns 0, EINVAL (no certificate in ca_pem; nothing
 * changed) or ENOMEM. May read files. */
int agent_set_trust(struct agent *agent, const char *ca_pem, bool is_strict);

/* What a check of the settings has found (see check.h). NULL: the agent was freed meanwhile.
 * report: valid for the time of the call. */
typedef void agent_checked_fn(const struct report *report, void *arg);

/* Try settings step by step, beside the running registration, which is not touched; a server that
 * keeps one registration only lets go of it, then it is made again at the end.
 * settings: copied; NULL: there are none. checked: told once, from the loop, after some 60 s at the
 * latest. Returns 0, EBUSY (one runs), ECANCELED (stopped) or another errno value; then checked
 * is not called. */
int agent_check(struct agent *agent, const struct sip_settings *settings, agent_checked_fn *checked,
                void *arg);

/* The SIP messages of this account. Borrowed. */
const struct trace *agent_trace(const struct agent *agent);

/* How things stand now. */
void agent_status(const struct agent *agent, struct agent_status *ret_status);

/* Links, addresses or routes have changed; link_is_back: one came up. */
void agent_network_changed(struct agent *agent, bool link_is_back);

/* Somebody has set the clock. */
void agent_clock_stepped(struct agent *agent);

/* Be told what becomes of calls, from now on. on_call: NULL: nobody is; calls to us are then
 * refused. */
void agent_on_call(struct agent *agent, call_event_fn *on_call, void *arg);

/* Call somebody.
 *   number  "101" (at the account's domain), "sip:101@host[:port][;transport=tcp]" or
 *           "sip:192.0.2.7[:port]". An address or a host that is not the account's is called
 *           directly, without the proxy; then no settings are needed, and nobody there gets
 *           credentials
 *   ret_id  set before the first event of the call is told: it may have ended in here already
 *
 * Returns 0, EINVAL (not a number), EBUSY (AGENT_MAX_CALLS run), ENOTCONN (a number, but no
 * account; SIP is switched off), EHOSTUNREACH (the server's name was never looked up), ENODEV (no
 * sound), ECANCELED (stopped) or another errno value; then there is no call. */
int agent_call(struct agent *agent, const char *number, unsigned *ret_id);

/* End it: CANCEL, BYE or 603, whatever it needs. Told as CALL_ENDED, maybe from inside this.
 * limit: the caller's patience is over, it ends as CALL_NO_ANSWER. Returns 0 or ENOENT. */
int agent_call_end(struct agent *agent, unsigned id, bool is_limit);

/* Take an incoming call. Returns 0, ENOENT, or EALREADY (not CALL_IN). */
int agent_call_answer(struct agent *agent, unsigned id);

/* Refuse an incoming call with 480, 486 or 603. Returns 0, ENOENT, or EALREADY. */
int agent_call_refuse(struct agent *agent, unsigned id, unsigned code);

/* How its sound is. Returns 0, or ENOENT: no such call, or no sound yet. */
int agent_call_stats(const struct agent *agent, unsigned id, struct audio_stats *ret_stats);

/* From where calls to us are taken besides our server: "192.0.2.0/24,2001:db8::/32", or "": nobody.
 * Returns 0, EINVAL (the old ones stay) or ENOMEM. */
int agent_set_callers(struct agent *agent, const char *networks);

/* "127.0.0.1:5060": where we listen; port 0 if nothing is open. */
void agent_local_address(const struct agent *agent, char *buf, size_t size);

#endif
