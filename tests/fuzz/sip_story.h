/* SPDX-License-Identifier: MIT */
/* sip_story.h - an input that tells what comes in on the SIP port, and when: records (fuzz.h), each
 * played by fake_net.c as it is read.
 *   U S   a datagram from the server, from a stranger
 *   T A   bytes on our connection to the server, on one that a stranger has opened
 *   E X   our connection stands; the server closes it
 *   O Y   a stranger opens a connection; closes it
 *   W0-9  time goes on: 1 ms, 10 ms, ... at most 1000 s; but not after SIP_STORY_MAX_WAITED
 *         messages of ours
 * In the data $V $F $T $C $Q stand for what the last request of ours had in Via, From, To,
 * Call-ID, CSeq, and $v $f $t $c $q for what our last answer to an INVITE had there; $n is the
 * number in $Q, and $I the transaction of our last STUN request (12 bytes). */
#ifndef SIP_STORY_H
#define SIP_STORY_H

#include <stdbool.h>
#include <stddef.h>

#include "fuzz.h"

/* A server that never answers gets hundreds of messages in 1000 s, and libFuzzer prefers inputs
 * that do so: each of them is traced, and none is news. */
enum { SIP_STORY_MAX_MESSAGE = 64 * 1024, SIP_STORY_MAX_WAITED = 40 };

/* What our password is in stories. It must never be sent, nor be in the input:
 * libFuzzer finds out what we look for. */
#define SIP_STORY_SECRET "planted-secret"
bool sip_story_has_secret(const uint8_t *data, size_t size);

/* Once, before the first: the clock stands, the loop is there, nothing but errors is logged. Aborts
 * if that fails. */
void sip_story_set_up(void);

/* A new story: nothing was sent, and random numbers begin anew. */
void sip_story_begin(void);

/* Play one record. Returns false: its kind is none of those above, nothing was done. */
bool sip_story_play(const struct fuzz_record *record);

/* The server takes our last REGISTER. by_tcp: over our connection, which stands from now on. */
void sip_story_register(bool by_tcp);

/* Is it a stranger's record that is being played? */
bool sip_story_is_strangers(void);

/* Has the server, or sip_story_note, said anything of the stranger's address? Then that one may be
 * somebody. */
void sip_story_note(const char *text, size_t len);
bool sip_story_is_stranger_known(void);

/* Must be text for people: printable ASCII without the secret, ended within size. */
void sip_story_check_text(const char *text, size_t size);

#endif
