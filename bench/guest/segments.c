/*
 * GDT and TSS (SDM volume 3, 3.4.5 and 7.2.1). The 16-bit segments have bases that are not zero; system.c points them at
 * their memory.
 *
 *   access  93 data, writable  9b code, readable  f3 fb the same for ring 3  89 TSS  (accessed already: loads write nothing)
 *   flags   c 4 KiB granularity, 32-bit   4 bytes, 32-bit   0 bytes, 16-bit
 */
#include "machine.h"

struct task_state {
    u32 link, esp0, ss0, unused[22];
    u16 trap, io_map;
};
static struct task_state task_state;

static u32 gdt[10][2];
static struct __attribute__((packed)) {
    u16 limit;
    u32 base;
} gdt_register;

extern u8 trap_stack_top[];

void set_segment(u32 selector, u32 base, u32 limit, u32 access, u32 flags)
{
    u32 *entry = gdt[selector >> 3];
    entry[0] = (limit & 0xffff) | base << 16;
    entry[1] = base >> 16 & 0xff | access << 8 | (limit & 0xf0000) | flags << 20 | (base & 0xff000000);
}

void segments_init(void)
{
    set_segment(KERNEL_CODE, 0, 0xfffff, 0x9b, 0xc);
    set_segment(KERNEL_DATA, 0, 0xfffff, 0x93, 0xc);
    set_segment(USER_CODE, 0, 0xfffff, 0xfb, 0xc);
    set_segment(USER_DATA, 0, 0xfffff, 0xf3, 0xc);
    set_segment(TASK, (u32)&task_state, sizeof task_state - 1, 0x89, 0);
    task_state.esp0 = (u32)trap_stack_top;
    task_state.ss0 = KERNEL_DATA;
    task_state.io_map = sizeof task_state;
    gdt_register.limit = sizeof gdt - 1;
    gdt_register.base = (u32)gdt;
    __asm__ volatile(
        "lgdt %0\n\t"
        "ljmp %1, $1f\n"
        "1:\n\t"
        "mov %2, %%ds\n\t"
        "mov %2, %%es\n\t"
        "mov %2, %%fs\n\t"
        "mov %2, %%gs\n\t"
        "mov %2, %%ss\n\t"
        "ltr %w3"
        : : "m"(gdt_register), "i"(KERNEL_CODE), "r"(KERNEL_DATA), "r"(TASK) : "memory");
}
