/*
 * VGA text mode 3: 80 by 25 cells at B8000h, each a character byte and an attribute byte (7: light grey on black).
 * Goes on where the BIOS left the cursor (BIOS data area, 0450h: column, row). Source: IBM VGA technical reference.
 * CRTC registers 0Eh and 0Fh: cursor location, high and low.
 */
#include "screen.h"
#include "../cpu/instructions.h"
#include "../lib/string.h"
#include "../memlayout.h"

#define COLUMNS 80u
#define ROWS    25u
#define BDA_CURSOR 0x450u

static u16 *const cells = to_virtual(SCREEN_PHYSICAL);
static u32 column, row;

static void set_register(u8 index, u8 value)
{
    out8(0x3d4, index);
    out8(0x3d5, value);
}

static void move_cursor(void)
{
    u32 at = row * COLUMNS + column;
    set_register(0x0e, (u8)(at >> 8));
    set_register(0x0f, (u8)at);
}

static void scroll(void)
{
    memcpy(cells, cells + COLUMNS, (ROWS - 1) * COLUMNS * 2);
    for (u32 i = 0; i < COLUMNS; i++)
        cells[(ROWS - 1) * COLUMNS + i] = 0x0720;
}

void screen_init(void)
{
    const volatile u8 *cursor = to_virtual(BDA_CURSOR);
    column = cursor[0] % COLUMNS;
    row = cursor[1] % ROWS;
}

void screen_put(char c)
{
    if (c != '\n')
        cells[row * COLUMNS + column++] = 0x0700 | (u8)c;
    if (c == '\n' || column == COLUMNS) {
        column = 0;
        if (++row == ROWS) {
            scroll();
            row--;
        }
        move_cursor();
    }
}
