# INT 15h, system services: the dispatcher, A20, waiting, and what the machine is. Memory: int15-memory.s.
# An unknown function answers CF set, AH = 86h.

.include "bios.inc"

.global int15
int15:
    SERVICE
    mov si, offset functions
1:  cmp ah, cs:[si]
    je 2f
    add si, 3
    cmp si, offset functions_end
    jb 1b
.global int15_unsupported, int15_ok
int15_unsupported:
    mov byte ptr [bp + FRAME_AH], 0x86
int15_error:
    SET_CARRY
    SERVICE_END
2:  jmp word ptr cs:[si + 1]
int15_ok:
    mov byte ptr [bp + FRAME_AH], 0
int15_done:
    CLEAR_CARRY
    SERVICE_END

.macro FUNCTION number, target
    .byte \number
    .word \target
.endm
functions:
    FUNCTION 0x24, a20
    FUNCTION 0x83, event_wait
    FUNCTION 0x86, delay
    FUNCTION 0x87, block_move
    FUNCTION 0x88, extended_memory
    FUNCTION 0x90, int15_ok     # a device is busy; 91h: it has finished. For multitaskers to hook
    FUNCTION 0x91, int15_ok
    FUNCTION 0xC0, configuration
    FUNCTION 0xC1, ebda
    FUNCTION 0xE8, memory_map
functions_end:

# 24h: AL = 0 disable, 1 enable, 2 -> AL = state, 3 -> BX = ways: bit 0 keyboard controller, bit 1 port 92h.
a20:
    cmp al, 3
    ja int15_unsupported
    je 3f
    mov ah, al
    in al, PORT_A
    cmp ah, 2
    je 2f
    and al, 0xFC                # bit 0 would reset us
    add ah, ah
    or al, ah
    out PORT_A, al
    jmp int15_ok
2:  shr al, 1
    and al, 1
    mov [bp + FRAME_AL], al
    jmp int15_ok
3:  mov word ptr [bp + FRAME_BX], 0x0003
    jmp int15_ok

# 86h: waits CX:DX microseconds: refresh toggles of 15.085 us, rounded up.
delay:
    sti
    movzx edx, word ptr [bp + FRAME_DX]
    movzx eax, word ptr [bp + FRAME_CX]
    shl eax, 16
    or eax, edx
    mov edx, 284723313          # 2^32 / 15.085
    mul edx
    lea ecx, [edx + 2]          # a toggle may come at once
    in al, PORT_B
    mov ah, al
1:  call refresh_poll
    jnz 1b
    jmp int15_ok

# 83h, AL = 0: sets bit 7 of the byte at ES:BX after CX:DX microseconds, by the clock's 1024-Hz interrupt.
# AL = 1: cancels. CF set: a wait is already running.
event_wait:
    cmp al, 1
    ja int15_unsupported
    je 1f
    pushf
    cli
    test byte ptr [BDA_WAIT_ACTIVE], 0x01
    jnz 2f
    or byte ptr [BDA_WAIT_ACTIVE], 0x01
    popf
    mov ax, [bp + FRAME_BX]
    mov [BDA_WAIT_FLAG], ax
    mov ax, [bp + FRAME_ES]
    mov [BDA_WAIT_FLAG + 2], ax
    mov ax, [bp + FRAME_DX]
    mov [BDA_WAIT_COUNT], ax
    mov ax, [bp + FRAME_CX]
    mov [BDA_WAIT_COUNT + 2], ax
    in al, PIC2 + 1
    and al, 0xFE                # open IRQ 8
    out PIC2 + 1, al
    mov al, 0x0B
    call cmos_read
    or al, 0x40
    mov ah, al
    mov al, 0x0B
    call cmos_write
    jmp int15_ok
1:  and byte ptr [BDA_WAIT_ACTIVE], 0xFE
    call wait_stop
    jmp int15_ok
2:  popf
    mov byte ptr [bp + FRAME_AH], 0
    jmp int15_error

configuration:                  # C0h -> ES:BX
    mov word ptr [bp + FRAME_ES], BIOS_SEGMENT
    mov word ptr [bp + FRAME_BX], offset config_table
    jmp int15_ok

ebda:                           # C1h -> ES
    mov ax, [BDA_EBDA]
    mov [bp + FRAME_ES], ax
    jmp int15_done
