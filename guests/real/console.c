/* Characters out by INT 10h AH=0Eh, which is standard output of the run; keys in by INT 16h. Source: IBM PC/AT BIOS. */
#include "loader.h"

static u8 pending;   /* scan code still to be delivered */

void put(char c)
{
    u32 ax = 0x0e00 | (u8)c;
    __asm__ volatile("pushl %%ebp\n\tint $0x10\n\tpopl %%ebp" : "+a"(ax) : "b"(7) : "ecx", "edx", "esi", "edi", "cc", "memory");
}

u8 get(void)
{
    u32 ax = 0;
    if (pending) {
        u8 scan = pending;
        pending = 0;
        return scan;
    }
    __asm__ volatile("int $0x16" : "+a"(ax) : : "cc", "memory");
    if (!(ax & 0xff))
        pending = (u8)(ax >> 8);
    return (u8)ax;
}

int key_waiting(void)
{
    u32 ax = 0x0100;
    u8 none;
    if (pending)
        return 1;
    __asm__ volatile("int $0x16\n\tsetz %1" : "+a"(ax), "=q"(none) : : "cc", "memory");
    return !none;
}
