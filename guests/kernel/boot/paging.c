/*
 * Protected mode, before the kernel: puts the kernel at 1 MiB, builds the page tables and turns paging on.
 *
 * Two mappings, both of physical memory from 0: at 0xC0000000, where the kernel lives (all RAM, at most 768 MiB), and
 * at 0 (4 MiB only), because the instruction after the one that sets CR0.PG is still fetched from a low address. The
 * kernel drops the second. 4 MiB pages (CR4.PSE) when the processor has them, page tables otherwise.
 */
#include "stage.h"

#define P_RW    3u
#define P_LARGE 0x80u
#define CR0_PG  0x80000000u
#define CR0_WP  0x00010000u
#define CR4_PSE 0x10u

static void log_text(const char *text)
{
    while (*text)
        out8(0xe9, *text++);
}

static void log_hex(u32 value)
{
    log_text("0x");
    for (int shift = 28; shift >= 0; shift -= 4)
        out8(0xe9, "0123456789abcdef"[value >> shift & 15]);
}

static u32 read_cr0(void)
{
    u32 value;
    __asm__ volatile("movl %%cr0, %0" : "=r"(value));
    return value;
}

/* CPUID itself is there when EFLAGS.ID can be changed: from the late 486 on. */
static int has_large_pages(void)
{
    u32 before, after, features, eax = 1, ebx, ecx;
    __asm__ volatile("pushfl; popl %0; movl %0, %1; xorl $0x200000, %1; pushl %1; popfl; pushfl; popl %1; pushl %0; popfl"
                     : "=&r"(before), "=&r"(after));
    if (!((before ^ after) & 0x200000))
        return 0;
    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(features));
    return features >> 3 & 1;
}

static u32 ram_end(void)
{
    u32 end = 0x100000;
    for (u32 i = 0; i < boot_info.range_count; i++)
        if (boot_info.range[i].end > end)
            end = boot_info.range[i].end;
    return end < DIRECT_MAP_SIZE ? end : DIRECT_MAP_SIZE;
}

static void build_directory(void)
{
    u32 *directory = (u32 *)BOOT_DIRECTORY, *table = (u32 *)BOOT_TABLES;
    u32 count = (ram_end() + 0x3fffff) >> 22, large = has_large_pages();
    for (u32 i = 0; i < 1024; i++)
        directory[i] = 0;
    for (u32 i = 0; i < count; i++) {
        u32 entry = i << 22 | P_LARGE | P_RW;
        if (!large) {
            entry = (u32)table | P_RW;
            for (u32 page = 0; page < 1024; page++)
                *table++ = (i << 22 | page << 12) + P_RW;
        }
        directory[(KERNEL_BASE >> 22) + i] = entry;
    }
    directory[0] = directory[KERNEL_BASE >> 22];
    boot_info.tables_end = large ? 0 : (u32)table;
    if (large) {
        u32 cr4;
        __asm__ volatile("movl %%cr4, %0; orl %1, %0; movl %0, %%cr4" : "=&r"(cr4) : "i"(CR4_PSE));
    }
}

void protected_main(void)
{
    log_text("[boot] protected mode: CR0=");
    log_hex(read_cr0());
    log_text("\n");

    u32 from = KERNEL_STAGING, to = KERNEL_PHYSICAL, words = boot_info.kernel_sectors * 128;
    __asm__ volatile("rep movsl" : "+S"(from), "+D"(to), "+c"(words) : : "memory");

    build_directory();
    __asm__ volatile("movl %0, %%cr3" : : "r"(BOOT_DIRECTORY) : "memory");
    __asm__ volatile("movl %0, %%cr0" : : "r"(read_cr0() | CR0_PG | CR0_WP) : "memory");
    log_text("[boot] paging on: CR3=");
    log_hex(BOOT_DIRECTORY);
    log_text(", kernel at ");
    log_hex(KERNEL_BASE + KERNEL_PHYSICAL);
    log_text("\n");
    void (*kernel)(u32) = (void (*)(u32))(KERNEL_BASE + KERNEL_PHYSICAL);
    kernel((u32)&boot_info);
}
