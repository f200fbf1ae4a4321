/* SPDX-License-Identifier: MIT */
/* log_words.h - what the log says of events, in the languages that its clients ask for. Pure. */
#ifndef HTTP_LOG_WORDS_H
#define HTTP_LOG_WORDS_H

enum { LOG_LOCALES = 9, LOG_LOCALE_ENGLISH = 0 };

/* "en", "es" and so on; a locale is a place in it. */
extern const char *const log_locales[LOG_LOCALES];

/* NULL, or none of these: English. */
unsigned log_locale_find(const char *name);

/* What has happened; NULL: an event of another version. */
const char *log_words_event(const char *key, unsigned locale);

/* What to call a field of an event, "lock" say; NULL: it is not told. */
const char *log_words_label(const char *field, unsigned locale);

#endif
