# Ways through the reset: CMOS 0Fh = 0Ah comes back to the address in 40:67; Ctrl-Alt-Del boots again.
# A word at 0000:5000 tells the boots apart; memory keeps its contents over a reset. QEMU's isapc clears CMOS 0Fh when
# it resets: the first test fails there.

.include "harness.inc"

.equ STAGE, 0x5000
.equ TRIED_RESUME, 0x51A1
.equ TRIED_KEYS, 0x51A2

    mov ax, [STAGE]
    cmp ax, TRIED_KEYS
    je report
    cmp ax, TRIED_RESUME
    je keys
    mov word ptr [STAGE], TRIED_RESUME
    mov byte ptr [STAGE + 2], 0
    mov word ptr [0x467], offset resumed
    mov word ptr [0x469], 0
    mov al, 0x0F
    out 0x70, al
    mov al, 0x0A
    out 0x71, al
    mov al, 0xFE                # the 8042 resets the processor
    out 0x64, al
1:  hlt
    jmp 1b

resumed:
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7C00
    mov byte ptr [STAGE + 2], 1
keys:
    mov word ptr [STAGE], TRIED_KEYS
    mov al, 0x0F
    out 0x70, al
    in al, 0x71
    mov [STAGE + 3], al
    mov si, offset ctrl_alt_del
    sti
type:                           # keys by the keyboard controller, as keyboard.s does it
    lodsb
    mov bl, al
    mov al, 0xD2
    call ready
    out 0x64, al
    call ready
    mov al, bl
    out 0x60, al
    mov cx, 10000
1:  in al, 0x64
    test al, 0x01
    loopnz 1b
    jmp type
ready:
    push ax
1:  in al, 0x64
    test al, 0x02
    jnz 1b
    pop ax
    ret

report:
    mov word ptr [STAGE], 0
    IS "a reset with CMOS 0Fh = 0Ah came back by 40:67", [STAGE+2], 1, 0xFF
    IS "CMOS 0Fh was cleared", [STAGE+3], 0, 0xFF
    IS "Ctrl-Alt-Del booted again, warm", [0x472], 0x1234
    jmp end

ctrl_alt_del: .byte 0x1D, 0x38, 0x53
end:
    TESTS_END
