# INT 08h, IRQ 0: 18.2 times a second. Counts the ticks of the day, then calls INT 1Ch.

.include "bios.inc"

.equ TICKS_PER_DAY, 0x1800B0

.global int08
int08:
    push eax
    push ds
    push BDA_SEGMENT
    pop ds
    mov eax, [BDA_TICKS]
    inc eax
    cmp eax, TICKS_PER_DAY
    jb 1f
    xor eax, eax
    mov byte ptr [BDA_MIDNIGHT], 1
1:  mov [BDA_TICKS], eax
    push dx                     # INT 1Ch handlers may use AX, DX and DS
    int 0x1C
    pop dx
    cli
    OUTB PIC1, PIC_EOI
    pop ds
    pop eax
    iret
