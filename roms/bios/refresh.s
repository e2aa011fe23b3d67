# Time without interrupts: bit 4 of port 61h toggles with each memory refresh, every 15.085 microseconds
# (18 periods of the 1.193182 MHz timer clock). Time-outs and short waits count its edges.

.include "bios.inc"

.equ REFRESHES_PER_SECOND, 66288

# One poll: AH = the bit as last seen, ECX = edges to go -> both brought up to date; ZF set when none is left.
.global refresh_poll
refresh_poll:
    push ax
    in al, PORT_B
    xor al, ah
    test al, 0x10
    pop ax
    jz 1f
    xor ah, 0x10
    dec ecx
    ret
1:  test ecx, ecx
    ret
