/* Selectors, numbered as on Linux/i386 so that registers in a report look familiar. */
#pragma once
#include "../types.h"

#define TLS_ENTRY  6          /* first of three: selectors 0x33, 0x3b, 0x43 */
#define TLS_COUNT  3
#define KERNEL_CS  0x60
#define KERNEL_DS  0x68
#define USER_CS    0x73
#define USER_DS    0x7b
#define TSS_SELECTOR 0x80

void segments_init(void);
/** Puts a descriptor in TLS slot 0-2: present data segment of ring 3, or an empty one when `present` is 0. */
void set_tls(u32 slot, u32 base, u32 limit, u32 attributes, u32 present);
