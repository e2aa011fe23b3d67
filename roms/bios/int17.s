# INT 17h, printer, of which there is none: every function answers time-out.

.include "bios.inc"

.global int17
int17:                          # -> AH = status: time-out
    mov ah, 0x01
    iret
