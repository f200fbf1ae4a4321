/* SPDX-License-Identifier: MIT */
#include "access/decision.h"

#include "access/scan.h"
#include "settings/entry_settings.h"

static bool is_master_code(const struct entry_settings *settings, const struct scan *scan)
{
    return scan->type == IDENTIFIER_CODE && settings->is_code_on && settings->code[0] &&
           scan_text_is_same(settings->code, scan->number, IDENTIFIER_MAX_CODE);
}

static bool is_master_card(const struct entry_settings *settings, const struct scan *scan)
{
    struct scan master;

    return scan->type == IDENTIFIER_CARD && settings->card[0] &&
           !scan_read(IDENTIFIER_CARD, settings->card, &master) && scan_is_same(&master, scan);
}

static unsigned lock_of(enum identifier_lock lock)
{
    switch (lock) {
    case IDENTIFIER_FIRST:
        return 1;
    case IDENTIFIER_SECOND:
        return 2;
    default:
        return DECISION_BOTH_LOCKS;
    }
}

struct decision decision_make(const struct entry_settings *settings, const struct scan *scan,
                              enum identifiers_verdict verdict, const struct identifier *found)
{
    struct decision decision = {.cause = DECISION_UNKNOWN, .lock = DECISION_BOTH_LOCKS};

    if (is_master_code(settings, scan)) {
        decision.cause = DECISION_MASTER_CODE;
        decision.is_granted = true;
    } else if (is_master_card(settings, scan)) {
        decision.cause = DECISION_MASTER_CARD;
        decision.is_granted = true;
    } else if (verdict == IDENTIFIERS_GRANTED) {
        decision.cause = DECISION_IDENTIFIER;
        decision.is_granted = true;
        decision.lock = lock_of(found->lock);
    } else if (verdict != IDENTIFIERS_UNKNOWN) {
        decision.cause = DECISION_NOT_VALID;
    }
    return decision;
}

const char *decision_words(enum identifiers_verdict verdict)
{
    switch (verdict) {
    case IDENTIFIERS_NOT_YET:
        return "not yet valid";
    case IDENTIFIERS_EXPIRED:
        return "expired";
    case IDENTIFIERS_NO_PASSES:
        return "no passes left";
    case IDENTIFIERS_NO_CLOCK:
        return "the clock is not set";
    case IDENTIFIERS_UNKNOWN:
        return "unknown";
    case IDENTIFIERS_GRANTED:
        break;
    }
    return "";
}
