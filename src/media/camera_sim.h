/* SPDX-License-Identifier: MIT */
/* camera_sim.h - a test picture instead of a camera: colour bars, the date, and a bar that moves.
 */
#ifndef MEDIA_CAMERA_SIM_H
#define MEDIA_CAMERA_SIM_H

struct camera_source;

/* Returns 0 or ENOMEM; caller owns *ret_source, free with its free. */
int camera_sim_new(struct camera_source **ret_source);

#endif
