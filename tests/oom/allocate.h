/* SPDX-License-Identifier: MIT */
/* allocate.h - malloc and its kin, which fail when told. Any thread. */
#ifndef ALLOCATE_H
#define ALLOCATE_H

#include <stdbool.h>

/* Count from here, and let the nth allocation fail; 0: none. is_told: say on stderr where. */
void allocate_fail_at(unsigned nth, bool is_told);

/* Has it failed since allocate_fail_at? */
bool allocate_has_failed(void);

/* Blocks in use. */
long allocate_in_use(void);

/* None fails until allocate_go_on is told what this has returned. */
unsigned allocate_hold(void);
void allocate_go_on(unsigned held);

#endif
