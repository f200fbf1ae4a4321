/* SPDX-License-Identifier: MIT */
/* The headers of a 200 to a REGISTER: how long is the binding granted? And the challenges of a
 * 401 with the same headers. */
#include <errno.h>
#include <string.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_list.h>
#include <re_mbuf.h>
#include <re_mem.h>
#include <re_msg.h>
#include <re_sa.h>
#include <re_uri.h>
#include <re_sip.h>

#include "fuzz.h"
#include "sip/contact.h"

enum { LONGEST_S = 999999999 };

int sip_auth_encode(struct mbuf *mb, struct sip_auth *auth, const char *met, const char *uri);

static int give(char **username, char **password, const char *realm, void *arg)
{
    int err = str_dup(username, "1\"0\\1");

    (void)realm;
    (void)arg;
    return err ? err : str_dup(password, "planted-secret");
}

static void authenticate(const struct sip_msg *msg)
{
    struct sip_auth *auth = NULL;
    struct mbuf *mb = mbuf_alloc(512);
    size_t lines = 0;

    if (!mb || sip_auth_alloc(&auth, give, NULL, false))
        abort();
    if (!sip_auth_authenticate(auth, msg)) {
        fuzz_must(!sip_auth_encode(mb, auth, "REGISTER", "sip:pbx.test"));
        fuzz_must(!memmem(mb->buf, mb->end, "planted-secret", 14));
        /* One header a line: what was echoed brought no line of its own. */
        for (size_t i = 0; i < mb->end; i++) {
            if (mb->buf[i] == '\n')
                lines++;
            else
                fuzz_must(mb->buf[i] >= 0x20 || mb->buf[i] == '\r');
        }
        fuzz_must(lines >= 1 && lines <= 4);
    }
    mem_deref(auth);
    mem_deref(mb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char begin[] = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\n"
                                "From: <sip:101@pbx.a>;tag=1\r\nTo: <sip:101@pbx.a>;tag=2\r\n"
                                "Call-ID: 1\r\nCSeq: 1 REGISTER\r\n";
    struct mbuf *mb = mbuf_alloc(sizeof(begin) + size + 4);
    struct sip_msg *msg = NULL;

    if (!mb || mbuf_write_mem(mb, (const uint8_t *)begin, sizeof(begin) - 1) ||
        mbuf_write_mem(mb, data, size) || mbuf_write_str(mb, "\r\n\r\n"))
        abort();
    mb->pos = 0;
    /* libFuzzer finds out what we look for. */
    if (!memmem(data, size, "planted-secret", 14) && !sip_msg_decode(&msg, mb)) {
        fuzz_must(contact_granted_s(msg, "sip:101@127.0.0.1:5060", "urn:uuid:1", 60) <= LONGEST_S);
        authenticate(msg);
    }
    mem_deref(msg);
    mem_deref(mb);
    return 0;
}
