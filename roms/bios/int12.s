# INT 12h, size of conventional memory. The EBDA has already been taken off.

.include "bios.inc"

.global int12
int12:                          # -> AX = KiB of conventional memory
    push ds
    push BDA_SEGMENT
    pop ds
    mov ax, [BDA_MEMORY_KIB]
    pop ds
    iret
