/*
 * Devices: `port` writes and reads COM1's scratch register (3FFh) and writes POST codes (80h); `screen` prints to the text screen at
 * B8000h as a console does, a character and its colour at a time, scrolling 24 lines by doublewords at the end of each.
 */
#include "machine.h"

#define SCRATCH 0x3ff
#define POST 0x80
#define COLUMNS 80
#define ROWS 25
#define SCREEN ((volatile u16 *)0xb8000)

u32 port_run(u32 count)
{
    u32 sum = 0;
    while (count--) {
        out8(SCRATCH, (u8)(sum ^ count));
        sum = mix(sum, in8(SCRATCH));
        out8(POST, (u8)count);
    }
    return sum;
}

static void scroll(void)
{
    volatile u32 *to = (volatile u32 *)SCREEN, *from = to + COLUMNS / 2;
    for (u32 i = 0; i < (ROWS - 1) * COLUMNS / 2; i++)
        to[i] = from[i];
    for (u32 i = (ROWS - 1) * COLUMNS; i < ROWS * COLUMNS; i++)
        SCREEN[i] = 0x0720;
}

u32 screen_run(u32 count)
{
    u32 sum = 0, seed = 1;
    while (count--) {
        for (u32 column = 0; column < COLUMNS; column++)
            SCREEN[(ROWS - 1) * COLUMNS + column] = (u16)(0x0700 | (0x20 + (next_random(&seed) >> 8) % 95));
        scroll();
    }
    for (u32 i = 0; i < ROWS * COLUMNS; i++)
        sum = mix(sum, SCREEN[i]);
    return sum;
}
