# INT 11h, equipment: what POST found.

.include "bios.inc"

.global int11
int11:                          # -> AX: bit 0 floppy, 5-4 = 10b 80-column colour, 11-9 serial ports
    push ds
    push BDA_SEGMENT
    pop ds
    mov ax, [BDA_EQUIPMENT]
    pop ds
    iret
