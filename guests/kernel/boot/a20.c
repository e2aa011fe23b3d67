/*
 * Address line 20. The AT masks it at reset, so that addresses wrap at 1 MiB as on an 8086. Three ways to open it, from
 * the politest: INT 15h AX=2401h, system control port A (92h bit 1), keyboard controller output port (bit 1).
 */
#include "stage.h"

static u8 far_byte(u16 segment, u16 offset)
{
    u8 value;
    __asm__ volatile("movw %1, %%gs\n\tmovb %%gs:(%2), %0" : "=q"(value) : "r"(segment), "r"((u32)offset) : "memory");
    return value;
}

/* With the line masked, FFFF:0510 and 0000:0500 are the same byte. */
static int a20_is_open(void)
{
    volatile u8 *low = (volatile u8 *)0x500;
    u8 kept = *low;
    *low = ~far_byte(0xffff, 0x510);
    int differ = far_byte(0xffff, 0x510) != *low;
    *low = kept;
    return differ;
}

static void wait_controller(void)
{
    for (u32 tries = 0; tries < 65536 && (in8(0x64) & 2); tries++)
        ;
}

void enable_a20(void)
{
    const char *how = "already on";
    if (!a20_is_open()) {
        struct bios_registers r = { .eax = 0x2401 };
        bios(0x15, &r);
        how = "on, by INT 15h";
    }
    if (!a20_is_open()) {
        out8(0x92, (in8(0x92) | 2) & ~1);   /* bit 0 would reset the machine */
        how = "on, by port 92h";
    }
    if (!a20_is_open()) {
        wait_controller();
        out8(0x64, 0xd1);
        wait_controller();
        out8(0x60, 0xdf);
        wait_controller();
        how = a20_is_open() ? "on, by the keyboard controller" : "still masked";
    }
    say("[boot] A20 ");
    say(how);
    say("\n");
}
