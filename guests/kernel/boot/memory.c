/* The memory map, from INT 15h E820h; INT 15h AH=88h for a BIOS that has no E820h. Source: ACPI 6, 15.1. */
#include "stage.h"

struct e820_entry {
    u32 base, base_high, length, length_high, type;
};

static void add(u32 start, u32 end)
{
    if (end > start && boot_info.range_count < BOOT_RANGES)
        boot_info.range[boot_info.range_count++] = (struct memory_range){ start, end };
}

void read_memory_map(void)
{
    struct bios_registers r = { 0 };
    struct e820_entry entry;
    u32 total = 0;
    do {
        r.eax = 0xe820;
        r.edx = 0x534d4150;   /* "SMAP" */
        r.ecx = sizeof entry;
        r.es = 0;
        r.edi = (u32)&entry;
        bios(0x15, &r);
        if ((r.flags & 1) || r.eax != 0x534d4150)
            break;
        if (entry.type == 1 && !entry.base_high) {
            u32 end = entry.base + entry.length;
            if (entry.length_high || end < entry.base)
                end = 0xfffff000;
            add(entry.base, end);
        }
    } while (r.ebx);

    if (!boot_info.range_count) {
        r = (struct bios_registers){ .eax = 0x8800 };
        bios(0x15, &r);
        add(0x100000, 0x100000 + (r.eax & 0xffff) * 1024);
    }
    for (u32 i = 0; i < boot_info.range_count; i++)
        total += (boot_info.range[i].end - boot_info.range[i].start) >> 10;
    say("[boot] memory: ");
    say_decimal(total);
    say(" KiB usable in ");
    say_decimal(boot_info.range_count);
    say(" ranges\n");
}
