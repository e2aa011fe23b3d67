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
/** A descriptor for a TLS slot; `attributes` are its bits 32-63 but for base and limit. */
u64 data_descriptor(u32 base, u32 limit, u32 attributes);
/** Puts a task's descriptors into the TLS slots; 0 is an empty one. */
void load_tls(const u64 descriptors[TLS_COUNT]);
/** The stack the processor takes at the next way into the kernel. */
void set_kernel_stack(u32 top);
