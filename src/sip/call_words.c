/* SPDX-License-Identifier: MIT */
#include "sip/call_words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct words {
    int code;
    enum call_end end;
    const char *text;
} answers[] = {
    {401, CALL_FAILED, "the server does not take our user name and password for calls"},
    {407, CALL_FAILED, "the server does not take our user name and password for calls"},
    {402, CALL_FAILED, "the server wants a payment"},
    {403, CALL_DECLINED, "the server does not allow this call"},
    {404, CALL_NOT_FOUND, "there is no such number"},
    {408, CALL_NO_ANSWER, "the phone did not answer"},
    {410, CALL_NOT_FOUND, "the number is no longer in use"},
    {415, CALL_NOT_ACCEPTABLE, "the other side does not understand our offer of sound"},
    {420, CALL_FAILED, "the other side wants an extension of SIP that we do not have"},
    {433, CALL_DECLINED, "the other side takes no anonymous calls"},
    {480, CALL_NO_ANSWER, "nobody is there: the phone is not registered, or does not answer"},
    {482, CALL_FAILED, "the server found that the call goes in a circle"},
    {483, CALL_FAILED, "the call went over too many servers: it may go in a circle"},
    {484, CALL_NOT_FOUND, "the number is not complete"},
    {485, CALL_NOT_FOUND, "the number is ambiguous"},
    {486, CALL_BUSY, "busy"},
    {488, CALL_NOT_ACCEPTABLE, "no common codec: the other side must know G.711"},
    {500, CALL_FAILED, "the server has trouble of its own"},
    {503, CALL_FAILED, "the server cannot take calls now"},
    {600, CALL_BUSY, "busy everywhere"},
    {603, CALL_DECLINED, "declined"},
    {604, CALL_NOT_FOUND, "the number does not exist anywhere"},
    {606, CALL_NOT_ACCEPTABLE, "no common codec: the other side must know G.711"},
    {607, CALL_DECLINED, "declined as unwanted"},
};

static const char *const names[] = {
    [CALL_NOT_ENDED] = "",
    [CALL_HUNG_UP] = "hung up",
    [CALL_HUNG_UP_THERE] = "hung up there",
    [CALL_CANCELED] = "cancelled",
    [CALL_BUSY] = "busy",
    [CALL_DECLINED] = "declined",
    [CALL_NOT_FOUND] = "not found",
    [CALL_NO_ANSWER] = "no answer",
    [CALL_UNREACHABLE] = "unreachable",
    [CALL_NOT_ACCEPTABLE] = "not acceptable",
    [CALL_FAILED] = "failed",
    [CALL_DEAD] = "dead",
};

const char *call_end_name(enum call_end end)
{
    return names[end];
}

enum call_end call_words_of_answer(int code, const char *phrase, char *buf, size_t size)
{
    const char *blank = phrase[0] ? " " : "";

    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        if (answers[i].code != code)
            continue;
        (void)snprintf(buf, size, "%s: %d%s%s", answers[i].text, code, blank, phrase);
        return answers[i].end;
    }
    (void)snprintf(buf, size, "%s: %d%s%s",
                   code < 400   ? "the server sends us elsewhere"
                   : code < 500 ? "the call was not accepted"
                   : code < 600 ? "the server cannot do it"
                                : "the other side takes no call",
                   code, blank, phrase);
    return code >= 600 ? CALL_DECLINED : CALL_FAILED;
}

enum call_end call_words_of_fault(int err, const char *to, char *buf, size_t size)
{
    enum call_end end = CALL_UNREACHABLE;

    switch (err) {
    case ETIMEDOUT:
        (void)snprintf(buf, size, "no answer from %s in 32 s", to);
        break;
    case ECONNREFUSED:
        (void)snprintf(buf, size, "%s refuses connections: nothing listens there", to);
        break;
    case ECONNRESET:
    case EPIPE:
    case ECONNABORTED:
        (void)snprintf(buf, size, "%s closed the connection", to);
        break;
    case ENETUNREACH:
    case EHOSTUNREACH:
        (void)snprintf(buf, size, "no route to %s", to);
        break;
    case EAFNOSUPPORT:
        (void)snprintf(buf, size, "%s is of another IP version than this panel's address", to);
        break;
    case ENOENT:
        (void)snprintf(buf, size, "the name %s cannot be looked up: it does not exist", to);
        break;
    case EAGAIN:
        (void)snprintf(buf, size, "the name %s cannot be looked up: no name server answers", to);
        break;
    case EBADMSG:
        (void)snprintf(buf, size, "what %s has answered is no good SIP", to);
        end = CALL_FAILED;
        break;
    case EPROTONOSUPPORT:
        (void)snprintf(buf, size, "there is no connection to %s now", to);
        break;
    default:
        (void)snprintf(buf, size, "%s: %s", to, strerror(err));
        end = CALL_FAILED;
        break;
    }
    return end;
}
