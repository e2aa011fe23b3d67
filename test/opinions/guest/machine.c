/*
 * The board around the processor: ATA disk 0 (PIO, LBA28), both 8259As with every line masked, the 8254's channel 0 as a source of one interrupt,
 * the shutdown byte of the CMOS, and the ways to end the run.
 */
#include "harness.h"

#define ATA 0x1f0
#define ATA_STATUS 0x1f7
#define BUSY 0x80
#define DRQ 0x08
#define PIC1 0x20
#define PIC2 0xa0
#define PIT0 0x40
#define PIT_CONTROL 0x43
#define FIRST_VECTOR 0x20
#define JUMP_BY_40_67 0x0a
#define RESUME 0x8010
#define CR4_OSFXSR 0x200

void read_disk(u32 sector, u32 count, void *to)
{
    while (count > 0) {
        u32 some = count > 128 ? 128 : count;
        while (in8(ATA_STATUS) & BUSY)
            ;
        out8(0x3f6, 2);
        out8(ATA + 6, (u8)(0xe0 | sector >> 24));
        out8(ATA + 2, (u8)some);
        out8(ATA + 3, (u8)sector);
        out8(ATA + 4, (u8)(sector >> 8));
        out8(ATA + 5, (u8)(sector >> 16));
        out8(ATA + 7, 0x20);
        sector += some;
        count -= some;
        while (some--) {
            u32 words = 256;
            while ((in8(ATA_STATUS) & (BUSY | DRQ)) != DRQ)
                ;
            __asm__ volatile("rep insw" : "+D"(to), "+c"(words) : "d"(ATA) : "memory");
        }
    }
}

static void begin(u16 port, u8 vectors, u8 cascade)
{
    out8(port, 0x11);
    out8(port + 1, vectors);
    out8(port + 1, cascade);
    out8(port + 1, 1);
    out8(port + 1, 0xff);
}

void initialize_interrupts(void)
{
    begin(PIC1, FIRST_VECTOR, 4);
    begin(PIC2, FIRST_VECTOR + 8, 2);
}

/* Channel 0 in mode 0: its output rises once. */
void await_timer(void)
{
    initialize_interrupts();
    out8(PIT_CONTROL, 0x30);
    out8(PIT0, 20);
    out8(PIT0, 0);
    out8(PIC1, 0x0a);           /* read IRR */
    while (!(in8(PIC1) & 1))
        ;
    out8(PIC1 + 1, 0xfe);
}

void forget_timer(void)
{
    initialize_interrupts();
}

/* A shutdown resets the machine, and the BIOS jumps to RESUME then. */
void come_back_after_reset(void)
{
    *(volatile u32 *)0x467 = RESUME;
    out8(0x70, 0x8f);
    out8(0x71, JUMP_BY_40_67);
}

/* isa-debug-exit, then the word that Bochs listens for. */
void end_run(void)
{
    const char *word = "Shutdown";
    out8(0x70, 0x8f);
    out8(0x71, 0);
    __asm__ volatile("outl %0, %1" : : "a"(0), "Nd"((u16)0x501));
    while (*word)
        out8(0x8900 & 0xffff, (u8)*word++);
}

/* Registers too: FNINIT leaves them. */
void initialize_fpu(void)
{
    static u32 image[128] __attribute__((aligned(16))) = { 0x37f, [6] = 0x1f80 };
    u32 cr4;
    __asm__ volatile("fninit");
    if (!has_fxsave)
        return;
    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    __asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | CR4_OSFXSR));
    __asm__ volatile("fxrstor %0" : : "m"(image));
    __asm__ volatile("mov %0, %%cr4" : : "r"(cr4));
}
