/* Interrupt lines. */
#pragma once
#include "../types.h"

#define IRQ_TIMER 0
#define IRQ_COM2  3
#define IRQ_COM1  4

/** Vectors 32-47, all lines masked but `open` (a bit a line). */
void pic_init(u32 open);
/** Acknowledges; 0 when the interrupt was spurious and is none. */
int pic_end(u32 line);
