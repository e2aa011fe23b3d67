/* Page tables: the first 16 MiB as they are, ring 3 admitted to .user alone, and an empty table for the window. */
#include "machine.h"

#define IDENTITY_TABLES 4

static u32 identity[IDENTITY_TABLES * 1024] __attribute__((aligned(PAGE)));
u32 window_table[1024] __attribute__((aligned(PAGE)));
u32 kernel_directory[1024] __attribute__((aligned(PAGE)));

extern u8 user_begin[], user_end[];

void paging_init(void)
{
    for (u32 i = 0; i < COUNT(identity); i++)
        identity[i] = i * PAGE | PTE_WRITABLE | PTE_PRESENT;
    for (u32 i = (u32)user_begin / PAGE; i < (u32)user_end / PAGE; i++)
        identity[i] |= PTE_USER;
    for (u32 i = 0; i < IDENTITY_TABLES; i++)
        kernel_directory[i] = (u32)&identity[i * 1024] | PTE_USER | PTE_WRITABLE | PTE_PRESENT;
    kernel_directory[WINDOW >> 22] = (u32)window_table | PTE_WRITABLE | PTE_PRESENT;
    __asm__ volatile(
        "movl %0, %%cr3\n\t"
        "movl %%cr0, %%eax\n\t"
        "orl $0x80010000, %%eax\n\t" /* PG, WP */
        "movl %%eax, %%cr0\n\t"
        "jmp 1f\n"
        "1:"
        : : "r"(kernel_directory) : "eax", "memory");
}
