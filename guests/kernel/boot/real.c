/*
 * The real-mode stage, in C compiled for 16 bits. There is no protection yet: its first act is to read an int from a
 * physical address of no importance, 0x02ad, which succeeds, as on an 8086. Then it asks the BIOS what only the BIOS
 * knows (the memory map), reads the kernel from the disk, and leaves real mode for good.
 */
#include "stage.h"

extern char stage_sectors[], kernel_sectors[];   /* their addresses are the numbers: boot.ld, build.sh */

struct boot_info boot_info;

static void put(char c)
{
    struct bios_registers r = { .eax = 0x0e00 | (u8)c, .ebx = 7 };   /* INT 10h AH=0Eh: teletype */
    bios(0x10, &r);
    if (c != '\r')
        out8(0xe9, c);
}

/** Writes text to the screen through the BIOS, and to the debug console. */
void say(const char *text)
{
    for (; *text; text++) {
        if (*text == '\n')
            put('\r');
        put(*text);
    }
}

void say_hex(u32 value)
{
    say("0x");
    for (int shift = 28; shift >= 0; shift -= 4)
        put("0123456789abcdef"[value >> shift & 15]);
}

void say_decimal(u32 value)
{
    if (value >= 10)
        say_decimal(value / 10);
    put('0' + value % 10);
}

/* No fault, no kernel, no protection: any address will do. */
static __attribute__((noinline)) int peek(void)
{
    int *p = (int *)0x02ad;
    return *p;
}

static void stop(const char *why)
{
    say("[boot] ");
    say(why);
    say("\n");
    for (;;)
        __asm__ volatile("cli; hlt");
}

static void load_kernel(void)
{
    u32 block = 1 + (u32)stage_sectors, left = (u32)kernel_sectors, to = KERNEL_STAGING;
    if (to + left * 512 > STAGING_END)
        stop("kernel too large for low memory");
    while (left) {
        u32 count = left < 64 ? left : 64;   /* 32 KiB a call: within what every EDD BIOS takes, and never across 64 KiB */
        packet_count = count;
        packet_offset = 0;
        packet_segment = to >> 4;
        packet_block = block;
        if (!read_sectors())
            stop("kernel: disk read error");
        block += count;
        left -= count;
        to += count * 512;
    }
}

void stage_main(void)
{
    int found = peek();
    say("[boot] real mode: *(int *)0x02ad = ");
    say_hex(found);
    say(", no fault\n");
    read_memory_map();
    boot_info.kernel_sectors = (u32)kernel_sectors;
    boot_info.image_sectors = 1 + (u32)stage_sectors + (u32)kernel_sectors;
    load_kernel();
    say("[boot] kernel: ");
    say_decimal(boot_info.kernel_sectors);
    say(" sectors read\n");
    enable_a20();
    enter_protected_mode();
}
