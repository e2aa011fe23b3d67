/* What the files of the boot stage share. Everything here runs with segment base 0: a near pointer is a physical address. */
#pragma once
#include "bootinfo.h"

#define KERNEL_STAGING  0x00010000u   /* the kernel image as read, below 640 KiB */
#define STAGING_END     0x0009f000u
#define KERNEL_PHYSICAL 0x00100000u   /* where it runs: kernel.ld */
#define BOOT_DIRECTORY  0x00001000u   /* page directory of the kernel */
#define BOOT_TABLES     0x00200000u   /* page tables, for processors without 4 MiB pages */
#define KERNEL_BASE     0xc0000000u
#define DIRECT_MAP_SIZE 0x30000000u   /* 768 MiB */

struct bios_registers {
    u32 eax, ebx, ecx, edx, esi, edi, es, flags;
};

extern struct boot_info boot_info;

/* boot.S, bios.S, protect.S */
extern u8 boot_drive;
extern u16 packet_count, packet_offset, packet_segment;
extern u32 packet_block;
u32 read_sectors(void);
void bios(u8 vector, struct bios_registers *r);
void enter_protected_mode(void) __attribute__((noreturn));

/* real.c, a20.c, memory.c */
void say(const char *text);
void say_hex(u32 value);
void say_decimal(u32 value);
void enable_a20(void);
void read_memory_map(void);

static inline void out8(u16 port, u8 value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
static inline u8 in8(u16 port)
{
    u8 value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
