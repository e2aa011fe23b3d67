/*
 * The bare machine under the workloads. Physical addresses are linear ones up to 16 MiB, in 4 KiB pages:
 *
 *   000b8000  text screen
 *   00100000  kernel: .text .rodata .data .bss (arena and stacks in it), supervisor
 *             .user: the ring-3 program and its stack, user
 *   40000000  WINDOW: 1 MiB that the system workloads map as they need
 */
#pragma once

#include "workload.h"

#define PAGE 4096u
#define WINDOW 0x40000000u
#define WINDOW_PAGES 256u

enum { PTE_PRESENT = 1, PTE_WRITABLE = 2, PTE_USER = 4 };
enum {
    KERNEL_CODE = 0x08,
    KERNEL_DATA = 0x10,
    USER_CODE = 0x18 | 3,
    USER_DATA = 0x20 | 3,
    TASK = 0x28,
    CODE16 = 0x30,
    SOURCE16 = 0x38,
    TARGET16 = 0x40,
    STACK16 = 0x48,
};
enum { VECTOR_PAGE_FAULT = 14, VECTOR_SYSTEM_CALL = 0x80 };

/* As traps.S pushes it. The last two are there when the trap came from ring 3. */
struct frame {
    u32 es, ds, edi, esi, ebp, unused_esp, ebx, edx, ecx, eax;
    u32 vector, error, eip, cs, eflags, esp, ss;
};

extern u32 kernel_directory[1024];
extern u32 window_table[1024];

void segments_init(void);
void set_segment(u32 selector, u32 base, u32 limit, u32 access, u32 flags);
void traps_init(void);
void paging_init(void);
void console_init(void);
void print(const char *text);
void print_number(u32 number);
void print_hex(u32 number);
void console_flush(void);
void power_off(u8 value) __attribute__((noreturn));

/* What a workload does about page faults in the window; null: they are fatal. Vector 0x80 goes to `system_call`. */
extern void (*page_fault)(u32 address);
void system_call(struct frame *frame);

static inline void out8(u16 port, u8 value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline u8 in8(u16 port)
{
    u8 value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void invalidate(u32 address)
{
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}
