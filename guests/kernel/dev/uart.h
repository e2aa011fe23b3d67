/* The two serial ports: COM1 the program's input and output, COM2 its errors, and what the host tells of the terminal. */
#pragma once
#include "../types.h"

#define COM1 0x3f8
#define COM2 0x2f8

void uart_init(void);
void uart_write(u16 port, const u8 *bytes, u32 count);
/** Waits until the last byte has left both ports. */
void uart_flush(void);
/** Input from now on as it comes, by interrupts: from COM1 to terminal_input(), from COM2 to terminal_news(). */
void uart_listen(void);
/** One byte of COM1, asked for now (docs/platform.md, "on demand"): the machine stands still until it is there. -1: end of input, -2: try again after the next interrupt. */
s32 uart_demand(void);
/** IRQ 4 and IRQ 3. */
void uart_interrupt(u16 port);
