/* SPDX-License-Identifier: MIT */
/* g711.h - ITU-T G.711: 16-bit samples as bytes and back. Pure functions, any thread. */
#ifndef MEDIA_G711_H
#define MEDIA_G711_H

#include <stddef.h>
#include <stdint.h>

enum g711_law { G711_U_LAW, G711_A_LAW }; /* as enum audio_codec: PCMU, PCMA */

/* n samples become n bytes. Any samples: what is beyond the law's range becomes its loudest. */
void g711_encode(enum g711_law law, const int16_t *samples, size_t n, uint8_t *ret_bytes);

/* n bytes become n samples, at most 32256 either way. */
void g711_decode(enum g711_law law, const uint8_t *bytes, size_t n, int16_t *ret_samples);

#endif
