/* SPDX-License-Identifier: MIT */
#include "media/bytes.h"

uint16_t bytes_get_16(const uint8_t *data)
{
    return (uint16_t)(data[0] << 8 | data[1]);
}

uint32_t bytes_get_32(const uint8_t *data)
{
    return (uint32_t)bytes_get_16(data) << 16 | bytes_get_16(data + 2);
}

uint8_t *bytes_put_16(uint8_t *data, uint16_t value)
{
    data[0] = (uint8_t)(value >> 8);
    data[1] = (uint8_t)value;
    return data + 2;
}

uint8_t *bytes_put_32(uint8_t *data, uint32_t value)
{
    return bytes_put_16(bytes_put_16(data, (uint16_t)(value >> 16)), (uint16_t)value);
}
