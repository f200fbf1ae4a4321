/* SPDX-License-Identifier: MIT */
/* profile.h - what panels of other models say of themselves, for clients that look at it. Pure
 * functions. */
#ifndef SETTINGS_PROFILE_H
#define SETTINGS_PROFILE_H

/* Static texts. */
struct profile {
    const char *name; /* in the configuration; device_model in /api/info, too */
    const char *device_name;
    const char *firmware_version;
    const char *api_version; /* clients choose their dialect by the number before the first dot */
};

/* NULL: there is none of that name. */
const struct profile *profile_find(const char *name);

/* All names, for a message. */
extern const char profile_names[];

#endif
