# INT 11h, equipment; INT 12h, memory size; INT 17h, printer, of which there is none.

.include "bios.inc"

.global int11
int11:                          # -> AX: bit 0 floppy, 5-4 = 10b 80-column colour, 11-9 serial ports
    push ds
    push BDA_SEGMENT
    pop ds
    mov ax, [BDA_EQUIPMENT]
    pop ds
    iret

.global int12
int12:                          # -> AX = KiB of conventional memory
    push ds
    push BDA_SEGMENT
    pop ds
    mov ax, [BDA_MEMORY_KIB]
    pop ds
    iret

.global int17
int17:                          # -> AH = status: time-out
    mov ah, 0x01
    iret
