/* The 8259A pair. ICW1 11h: edge, cascade, ICW4; ICW2: vector base; ICW3: cascade on IR2; ICW4 01h: 8086. Source: Intel 8259A datasheet. */
#include "pic.h"
#include "../cpu/instructions.h"
#include "../cpu/trap.h"

#define MASTER 0x20
#define SLAVE  0xa0
#define OCW2_EOI 0x20
#define OCW3_ISR 0x0b

void pic_init(u32 open)
{
    out8(MASTER, 0x11);
    out8(SLAVE, 0x11);
    out8(MASTER + 1, TRAP_IRQ);
    out8(SLAVE + 1, TRAP_IRQ + 8);
    out8(MASTER + 1, 0x04);
    out8(SLAVE + 1, 0x02);
    out8(MASTER + 1, 0x01);
    out8(SLAVE + 1, 0x01);
    out8(MASTER + 1, (u8)~open);
    out8(SLAVE + 1, (u8)~(open >> 8));
}

int pic_end(u32 line)
{
    if (line == 7) {   /* IR7 is also what a line that went away looks like: then its in-service bit is clear */
        out8(MASTER, OCW3_ISR);
        if (!(in8(MASTER) & 0x80))
            return 0;
    }
    if (line >= 8)
        out8(SLAVE, OCW2_EOI);
    out8(MASTER, OCW2_EOI);
    return 1;
}
