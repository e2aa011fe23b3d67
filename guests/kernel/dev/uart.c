/*
 * 16550A serial ports. Source: National Semiconductor PC16550D datasheet.
 *
 *   +0 data (DLAB: divisor low)   +1 IER: bit 0 received data, 3 modem status (DLAB: divisor high)   +2 FCR / IIR
 *   +3 LCR: 03h 8N1, 80h DLAB     +4 MCR: bit 0 DTR, 1 RTS, 3 OUT2 (gates the interrupt line)
 *   +5 LSR: bit 0 data ready, 5 transmit FIFO empty, 6 all sent     +6 MSR: bit 7 DCD
 *
 * Transmission is polled, a FIFO at a time. Input comes in one of two ways (docs/platform.md): a terminal's as it is typed,
 * any other on demand, while RTS is up, a byte each time. DCD down and nothing left in the FIFO is the end of input.
 */
#include "uart.h"
#include "../cpu/instructions.h"
#include "stream.h"
#include "tty.h"

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

static int listening;

static void init_port(u16 port)
{
    out8(port + 3, 0x80);
    out8(port + 0, 1);       /* 115,200 baud */
    out8(port + 1, 0);
    out8(port + 3, 0x03);
    out8(port + 2, 0x07);    /* FIFOs on and empty; interrupt at the first byte */
    out8(port + 4, MCR_DTR | MCR_OUT2);
}

void uart_init(void)
{
    init_port(COM1);
    init_port(COM2);
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

void uart_listen(void)
{
    listening = 1;
    out8(COM1 + 4, MCR_DTR | MCR_RTS | MCR_OUT2);
    out8(COM1 + 1, IER_RECEIVED | IER_MODEM);
    out8(COM2 + 4, MCR_DTR | MCR_RTS | MCR_OUT2);
    out8(COM2 + 1, IER_RECEIVED);
}

s32 uart_demand(void)
{
    s32 byte = -2;
    out8(COM1 + 1, 0);
    out8(COM1 + 4, MCR_DTR | MCR_RTS | MCR_OUT2);
    u8 carrier = in8(COM1 + 6) & MSR_DCD;
    if (in8(COM1 + 5) & LSR_READY)
        byte = in8(COM1);
    else if (!carrier)
        byte = -1;
    if (byte == -2)   /* not one of our hosts: leave RTS up, and be told */
        out8(COM1 + 1, IER_RECEIVED | IER_MODEM);
    else
        out8(COM1 + 4, MCR_DTR | MCR_OUT2);
    return byte;
}

/* The lines are edge-sensitive: lower them by reading what raised them. */
void uart_interrupt(u16 port)
{
    in8(port + 2);
    u8 carrier = in8(port + 6) & MSR_DCD;
    if (!listening) {
        out8(port + 1, 0);
        stream_wake();
        return;
    }
    while (in8(port + 5) & LSR_READY) {
        if (port == COM1)
            terminal_input(in8(port));
        else
            terminal_news(in8(port));
    }
    if (port == COM1 && !carrier)
        terminal_hangup();
}
