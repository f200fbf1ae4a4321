/* SPDX-License-Identifier: MIT */
/* rtp_map.h - asks a STUN server (RFC 5389, UDP) once, through the RTP socket, how that is seen
 * from outside. Loop thread only. Never blocks. */
#ifndef MEDIA_RTP_MAP_H
#define MEDIA_RTP_MAP_H

struct rtp_map;
struct sa;

enum { RTP_MAP_LIMIT_MS = 500 };

/* mapped: NULL: no answer within RTP_MAP_LIMIT_MS. May free the map. */
typedef void rtp_map_fn(const struct sa *mapped, void *arg);

/* fd: borrowed, and read from until the answer: what else comes is thrown away. server: of the
 * socket's family. Returns 0 or an errno value; caller owns *ret_map. */
int rtp_map_new(int fd, const struct sa *server, rtp_map_fn *on_mapped, void *arg,
                struct rtp_map **ret_map);

/* on_mapped is not called any more. NULL is fine; returns NULL. */
struct rtp_map *rtp_map_free(struct rtp_map *map);

/* Stop using fd at once; on_mapped is told NULL by a timer. */
void rtp_map_give_up(struct rtp_map *map);

#endif
