/* SPDX-License-Identifier: MIT */
/* photo.h - a picture of the panel's camera, as the settings want it. Loop thread only. Never
 * blocks. */
#ifndef PANEL_PHOTO_H
#define PANEL_PHOTO_H

#include "panel/panel.h"

struct camera;
struct device_settings;

/* See panel_photo. camera may be NULL. */
int photo_take(struct camera *camera, const struct device_settings *device, panel_photo_fn *done,
               void *arg);

#endif
