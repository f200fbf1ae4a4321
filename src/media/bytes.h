/* SPDX-License-Identifier: MIT */
/* bytes.h - numbers as bytes, in the order of the network. Pure. */
#ifndef MEDIA_BYTES_H
#define MEDIA_BYTES_H

#include <stdint.h>

/* From 2 or 4 bytes. */
uint16_t bytes_get_16(const uint8_t *data);
uint32_t bytes_get_32(const uint8_t *data);

/* Into them; returns where the next ones go. */
uint8_t *bytes_put_16(uint8_t *data, uint16_t value);
uint8_t *bytes_put_32(uint8_t *data, uint32_t value);

#endif
