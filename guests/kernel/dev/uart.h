/* The two serial ports: COM1 the program's input and output, COM2 its errors. */
#pragma once
#include "../types.h"

#define COM1 0x3f8
#define COM2 0x2f8

void uart_init(void);
void uart_write(u16 port, const u8 *bytes, u32 count);
/** Waits until the last byte has left both ports. */
void uart_flush(void);
/** Reads COM1 until a newline (which is kept), `count` bytes, or the end of input. The number of bytes; 0: end of input. */
u32 uart_read(u8 *bytes, u32 count);
/** IRQ 4. */
void uart_interrupt(void);
