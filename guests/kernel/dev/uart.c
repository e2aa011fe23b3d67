/*
 * 16550A serial ports. Source: National Semiconductor PC16550D datasheet.
 *
 *   +0 data (DLAB: divisor low)   +1 IER: bit 0 received data, 3 modem status (DLAB: divisor high)   +2 FCR / IIR
 *   +3 LCR: 03h 8N1, 80h DLAB     +4 MCR: bit 0 DTR, 1 RTS, 3 OUT2 (gates the interrupt line)
 *   +5 LSR: bit 0 data ready, 5 transmit FIFO empty, 6 all sent     +6 MSR: bit 7 DCD
 *
 * Transmission is polled, a FIFO at a time. Input comes on demand (docs/platform.md): RTS is up only while a program
 * waits for it; the processor sleeps until the interrupt. DCD down and nothing left in the FIFO is the end of input.
 * A read ends at a newline, as a terminal's does, so that what it returns depends on the bytes alone, not on how the
 * host happened to deliver them.
 */
#include "uart.h"
#include "../cpu/instructions.h"

#define FIFO 16u
#define IER_RECEIVED 0x01
#define IER_MODEM    0x08
#define MCR_DTR  0x01
#define MCR_RTS  0x02
#define MCR_OUT2 0x08
#define LSR_READY 0x01
#define LSR_EMPTY 0x20
#define LSR_SENT  0x40
#define MSR_DCD   0x80
#define FLUSH_POLLS 1000000u   /* the end of a run must not hang on a port */

static void init_port(u16 port, u8 interrupts)
{
    out8(port + 3, 0x80);
    out8(port + 0, 1);       /* 115,200 baud */
    out8(port + 1, 0);
    out8(port + 3, 0x03);
    out8(port + 2, 0x07);    /* FIFOs on and empty; interrupt at the first byte */
    out8(port + 4, MCR_DTR | MCR_OUT2);
    out8(port + 1, interrupts);
}

void uart_init(void)
{
    init_port(COM1, IER_RECEIVED | IER_MODEM);
    init_port(COM2, 0);
}

void uart_write(u16 port, const u8 *bytes, u32 count)
{
    while (count) {
        while (!(in8(port + 5) & LSR_EMPTY))
            ;
        for (u32 room = FIFO; room && count; room--, count--)
            out8(port, *bytes++);
    }
}

void uart_flush(void)
{
    for (u32 polls = 0; polls < FLUSH_POLLS && !(in8(COM1 + 5) & in8(COM2 + 5) & LSR_SENT); polls++)
        ;
}

/* The line is edge-sensitive: lower it by reading what raised it. The bytes themselves are left to uart_read. */
void uart_interrupt(void)
{
    in8(COM1 + 2);
    in8(COM1 + 6);
}

/* One byte, waiting for it; -1 at the end of input. */
static int next_byte(void)
{
    for (;;) {
        if (in8(COM1 + 5) & LSR_READY)
            return in8(COM1);
        u8 carrier = in8(COM1 + 6) & MSR_DCD;
        if (in8(COM1 + 5) & LSR_READY)   /* it came between the two looks */
            continue;
        if (!carrier)
            return -1;
        out8(COM1 + 4, MCR_DTR | MCR_OUT2 | MCR_RTS);
        wait_for_interrupt();
    }
}

u32 uart_read(u8 *bytes, u32 count)
{
    u32 got = 0;
    while (got < count) {
        int byte = next_byte();
        if (byte < 0)
            break;
        bytes[got++] = (u8)byte;
        if (byte == '\n')
            break;
    }
    out8(COM1 + 4, MCR_DTR | MCR_OUT2);
    return got;
}
