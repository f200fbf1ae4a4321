/* SPDX-License-Identifier: MIT */
/* dns_server.h - a name server for the tests, on a loopback port, in the loop under test. */
#ifndef DNS_SERVER_H
#define DNS_SERVER_H

#include <stdint.h>

enum { DNS_A = 1, DNS_AAAA = 28, DNS_SRV = 33 };

/* What is answered to a question that no record fits. */
enum { DNS_EMPTY = 0, DNS_SERVER_FAILURE = 2, DNS_NO_SUCH_NAME = 3, DNS_REFUSED = 5 };

/* One line of the zone. A table of these ends with name NULL. */
struct dns_record {
    const char *name;
    unsigned type;
    const char *value; /* an address; or the target of an SRV; NULL: no answer at all */
    uint16_t priority, weight, port; /* SRV */
    uint32_t ttl_s;                  /* 0: 60 */
};

struct dns_server;

/* zone: borrowed, may be changed by dns_server_use. Aborts on failure: tests only. */
struct dns_server *dns_server_new(const struct dns_record *zone);
struct dns_server *dns_server_free(struct dns_server *server);

/* Another zone; otherwise: what to say to a question that it does not answer. The questions
 * asked so far are forgotten. */
void dns_server_use(struct dns_server *server, const struct dns_record *zone, int otherwise);

/* "127.0.0.1:PORT" */
const char *dns_server_address(const struct dns_server *server);

/* All questions in order, "SRV _sip._udp.a.b,A a.b," */
const char *dns_server_questions(const struct dns_server *server);

#endif
