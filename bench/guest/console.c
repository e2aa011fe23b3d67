/* COM1 by polling (16550: LSR bit 5 room for a byte, bit 6 all sent), and the end of the run (isa-debug-exit, port F4h). */
#include "machine.h"

#define COM1 0x3f8
enum { DATA = 0, DIVISOR_LOW = 0, INTERRUPTS = 1, DIVISOR_HIGH = 1, FIFO = 2, LINE = 3, MODEM = 4, STATUS = 5 };

void console_init(void)
{
    out8(COM1 + INTERRUPTS, 0);
    out8(COM1 + LINE, 0x80); /* the next two are the divisor */
    out8(COM1 + DIVISOR_LOW, 1);
    out8(COM1 + DIVISOR_HIGH, 0);
    out8(COM1 + LINE, 3); /* 8N1 */
    out8(COM1 + FIFO, 0);
    out8(COM1 + MODEM, 3);
}

static void put(char c)
{
    while (!(in8(COM1 + STATUS) & 0x20))
        ;
    out8(COM1 + DATA, (u8)c);
}

void print(const char *text)
{
    while (*text)
        put(*text++);
}

void print_number(u32 number)
{
    if (number >= 10)
        print_number(number / 10);
    put((char)('0' + number % 10));
}

void print_hex(u32 number)
{
    for (int shift = 28; shift >= 0; shift -= 4)
        put("0123456789abcdef"[number >> shift & 15]);
}

/* Nothing of the serial line is left to happen while a workload runs. */
void console_flush(void)
{
    while (!(in8(COM1 + STATUS) & 0x40))
        ;
}

void power_off(u8 value)
{
    console_flush();
    out8(0xf4, value);
    for (;;)
        __asm__ volatile("cli; hlt");
}
