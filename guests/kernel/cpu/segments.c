/*
 * GDT and TSS. All code and data segments are flat; protection is by pages. The TSS is there for one field only: ESP0,
 * the stack the processor takes when a program enters the kernel. Source: SDM volume 3, 3.4.5 and 7.2.1.
 *
 * Descriptor bits 32-63: base 23-16 in 7-0, type 11-8, S 12, DPL 14-13, P 15, limit 19-16, D/B 22, G 23, base 31-24.
 */
#include "segments.h"
#include "../lib/string.h"

struct tss {
    u32 link, esp0, ss0;
    u32 unused[22];
    u16 trap, io_map;   /* an I/O map beyond the limit: IN and OUT in ring 3 are #GP */
};

static u64 gdt[17];
static struct tss tss;

static u64 descriptor(u32 base, u32 limit, u32 bits)
{
    u32 low = base << 16 | (limit & 0xffff);
    u32 high = (base & 0xff000000) | (base >> 16 & 0xff) | (limit & 0xf0000) | bits;
    return (u64)high << 32 | low;
}

u64 data_descriptor(u32 base, u32 limit, u32 attributes)
{
    return descriptor(base, limit, attributes);
}

void load_tls(const u64 descriptors[TLS_COUNT])
{
    for (u32 slot = 0; slot < TLS_COUNT; slot++)
        gdt[TLS_ENTRY + slot] = descriptors[slot];
}

void set_kernel_stack(u32 top)
{
    tss.esp0 = top;
}

void segments_init(void)
{
    gdt[KERNEL_CS >> 3] = descriptor(0, 0xfffff, 0x00c09b00);
    gdt[KERNEL_DS >> 3] = descriptor(0, 0xfffff, 0x00c09300);
    gdt[USER_CS >> 3] = descriptor(0, 0xfffff, 0x00c0fb00);
    gdt[USER_DS >> 3] = descriptor(0, 0xfffff, 0x00c0f300);
    gdt[TSS_SELECTOR >> 3] = descriptor((u32)&tss, sizeof tss - 1, 0x00008900);
    tss.ss0 = KERNEL_DS;
    tss.io_map = sizeof tss;

    struct { u16 limit; u32 base; } __attribute__((packed)) pointer = { sizeof gdt - 1, (u32)gdt };
    __asm__ volatile("lgdt %0\n\tljmp %1, $1f\n1:\n\t"
                     "movl %2, %%ds\n\tmovl %2, %%es\n\tmovl %2, %%ss\n\t"
                     "movl %3, %%fs\n\tmovl %3, %%gs\n\tltr %w4"
                     : : "m"(pointer), "i"(KERNEL_CS), "r"(KERNEL_DS), "r"(0), "r"(TSS_SELECTOR) : "memory");
}
