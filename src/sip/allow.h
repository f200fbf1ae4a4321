/* SPDX-License-Identifier: MIT */
/* allow.h - the methods that we take, within a call and without one: said in each Allow. */
#ifndef SIP_ALLOW_H
#define SIP_ALLOW_H

#define ALLOW "Allow: INVITE,ACK,BYE,CANCEL,OPTIONS,INFO\r\n"

#endif
