/* Output processing, and the echo of what is typed. */
#include "tty.h"
#include "uart.h"

static void emit(u16 port, u8 byte)
{
    if (port)
        uart_write(port, &byte, 1);
}

static void tab(u16 port)
{
    u32 spaces = 8 - tty.column % 8;
    tty.column += spaces;
    if ((tty.termios.output & TABDLY) != XTABS) {
        emit(port, '\t');
        return;
    }
    while (spaces--)
        emit(port, ' ');
}

static void newline(u16 port, u32 output)
{
    if (output & ONLCR)
        emit(port, '\r');
    if (output & (ONLCR | ONLRET))
        tty.column = 0;
    emit(port, '\n');
}

static void carriage_return(u16 port, u32 output)
{
    if (output & ONOCR && !tty.column)
        return;
    if (output & OCRNL) {
        newline(port, output & ~ONLCR);
        return;
    }
    emit(port, '\r');
    tty.column = 0;
}

void tty_put(u16 port, u8 byte)
{
    u32 output = tty.termios.output;
    if (!(output & OPOST)) {
        emit(port, byte);
        return;
    }
    switch (byte) {
    case '\n': newline(port, output); return;
    case '\r': carriage_return(port, output); return;
    case '\t': tab(port); return;
    case '\b': tty.column -= tty.column > 0; break;
    default:
        if (output & OLCUC && byte >= 'a' && byte <= 'z')
            byte -= 0x20;
        tty.column += byte >= 0x20 && byte != 0x7f && (byte & 0xc0) != 0x80;   /* UTF-8: its first byte alone */
    }
    emit(port, byte);
}

static int as_caret(u8 byte)
{
    return tty.termios.local & ECHOCTL && (byte < 0x20 || byte == 0x7f) && byte != '\t' && byte != '\n';
}

void tty_echo(u8 byte)
{
    if (as_caret(byte)) {
        tty_put(tty.port, '^');
        byte ^= 0x40;
    }
    tty_put(tty.port, byte);
}

static void blank(u32 cells)
{
    static const u8 back[3] = { '\b', ' ', '\b' };
    while (cells--)
        for (u32 i = 0; i < sizeof back; i++)
            tty_put(tty.port, back[i]);
}

/* `column`: where the cursor was before the byte was echoed. */
void tty_erase_echo(u8 byte, u32 column)
{
    if (byte == '\t')
        while (tty.column > column)
            tty_put(tty.port, '\b');
    else
        blank(as_caret(byte) ? 2 : byte >= 0x20 && byte != 0x7f);
}
