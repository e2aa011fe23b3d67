/* What the processor and trap_entry.S leave on the kernel stack when a program enters the kernel. */
#pragma once
#include "../types.h"

struct trap_frame {
    u32 ebx, ecx, edx, esi, edi, ebp, eax;   /* system call arguments in this order, number in EAX, answer in EAX */
    u32 ds, es, fs, gs;
    u32 vector, error;                       /* error of a system call: its number, or NO_RESTART */
    u32 eip, cs, eflags;
    u32 esp, ss;                             /* only when the processor came from ring 3 */
};

#define NO_RESTART 0xffffffffu   /* the system call is not to be made again (proc/signal_deliver.c) */

enum {
    TRAP_DIVIDE = 0, TRAP_DEBUG = 1, TRAP_NMI = 2, TRAP_BREAKPOINT = 3, TRAP_OVERFLOW = 4, TRAP_BOUND = 5,
    TRAP_INVALID = 6, TRAP_NO_FPU = 7, TRAP_NO_SEGMENT = 11, TRAP_STACK = 12, TRAP_PROTECTION = 13, TRAP_PAGE = 14, TRAP_FPU = 16, TRAP_ALIGN = 17, TRAP_SIMD = 19, TRAP_IRQ = 32, TRAP_SYSCALL = 128,
};

/* Error code of #PF. */
#define FAULT_PROTECTION 1u   /* bit 0: the page was present, the right was missing; 0: not present */
#define FAULT_WRITE      2u   /* bit 1: a write */
#define FAULT_USER       4u   /* bit 2: in ring 3 */

static inline int from_user(const struct trap_frame *frame) { return (frame->cs & 3) == 3; }

void trap_init(void);
void trap_return(void);
/** The address to go on at after a fault at `eip` in the kernel; 0 when none is expected there. */
u32 fixup_for(u32 eip);
