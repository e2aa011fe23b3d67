# INT 15h: sizes, the memory map, block moves, A20, and what the machine says it is. Any amount of memory
# from 2 MiB on.

.include "harness.inc"

.equ BUFFER, 0xC000

    mov ah, 0x88
    int 0x15
    CARRY_IS "88h", 0
    mov bx, ax
    cmp ax, 1024
    sbb cx, cx
    IS "88h: at least 1 MiB", cx, 0
    mov ax, 0xE801
    int 0x15
    CARRY_IS "E801h", 0
    IS "E801h: AX = CX", ax, cx
    IS "E801h: BX = DX", bx, dx
    mov [low_kib], ax
    mov [high_units], bx

    xor ebx, ebx
    xor ebp, ebp                # ranges seen; EDI' = [total] bytes of memory
1:  mov eax, 0xE820
    mov edx, 0x534D4150
    mov ecx, 20
    mov di, BUFFER
    push bp
    int 0x15
    pop bp
    jc 3f
    inc bp
    cmp eax, 0x534D4150
    jne 3f
    cmp dword ptr [BUFFER + 16], 1
    jne 2f
    mov eax, [BUFFER + 8]
    add [total], eax
    cmp dword ptr [BUFFER], 0
    jne 2f
    mov [first], eax
2:  test ebx, ebx
    jnz 1b
3:  IS "E820h: ranges", bp, 5
    IS "E820h: conventional memory", [first], 0xFC00
    IS "E820h: conventional memory, high", [first+2], 0x0009
    movzx eax, word ptr [low_kib]
    shl eax, 10
    movzx ecx, word ptr [high_units]
    shl ecx, 16
    add eax, ecx
    add eax, [first]
    sub eax, [total]
    shr eax, 16
    IS "E820h agrees with E801h, to 64 KiB", ax, 0
    mov eax, 0xE820
    mov edx, 0x12345678
    mov ecx, 20
    xor ebx, ebx
    int 0x15
    CARRY_IS "E820h without SMAP", 1
    mov eax, 0xE820
    mov edx, 0x534D4150
    mov ecx, 19
    int 0x15
    CARRY_IS "E820h with a short buffer", 1

# 87h: to 1 MiB and back.
    mov dword ptr [BUFFER], 0x600DCAFE
    mov dword ptr [BUFFER + 4], 0
    mov si, offset up
    mov cx, 2
    mov ah, 0x87
    int 0x15
    CARRY_IS "87h up", 0
    IS "87h up: status", ax, 0, 0xFF00
    mov si, offset down
    mov cx, 2
    mov ah, 0x87
    int 0x15
    CARRY_IS "87h down", 0
    IS "87h: the data, low", [BUFFER+4], 0xCAFE
    IS "87h: the data, high", [BUFFER+6], 0x600D
    pushf
    pop ax
    IS "87h: interrupts are on again", ax, 0x0200, 0x0200
    in al, 0x92
    IS "87h: A20 is as it was", ax, 2, 2
    mov cx, 0x1001              # one word more than the limit allows
    mov si, offset small
    mov ah, 0x87
    int 0x15
    CARRY_IS "87h beyond a limit", 1
    IS "87h beyond a limit: 02h", ax, 0x0200, 0xFF00

    mov ax, 0x2400
    int 0x15
    CARRY_IS "2400h", 0
    mov ax, 0x2402
    int 0x15
    IS "A20 off", ax, 0x0000
    mov ax, 0xFFFF
    mov es, ax
    mov word ptr [0x600], 0x1111
    mov word ptr es:[0x610], 0x2222
    IS "A20 off: memory wraps at 1 MiB", [0x600], 0x2222
    mov ax, 0x2401
    int 0x15
    mov ax, 0x2402
    int 0x15
    IS "A20 on", ax, 0x0001
    mov word ptr es:[0x610], 0x3333
    IS "A20 on: it does not", [0x600], 0x2222
    mov ax, 0x2403
    int 0x15
    IS "2403h: both ways", bx, 3, 3

    mov ah, 0xC0
    int 0x15
    CARRY_IS "C0h", 0
    IS "C0h: model", es:[bx+2], 0xFC, 0xFF
    mov ah, 0xC1
    int 0x15
    CARRY_IS "C1h", 0
    mov ax, es
    IS "C1h: EBDA", ax, 0x9FC0
    push ds
    pop es
    mov ax, 0x5300
    int 0x15
    CARRY_IS "5300h, APM: not supported", 1
    IS "5300h: 86h", ax, 0x8600, 0xFF00
    mov ax, 0x9000
    int 0x15
    CARRY_IS "90h", 0
    stc
    mov ax, 0x4F1E
    int 0x15
    CARRY_IS "4Fh passes the key on", 1
    IS "4Fh: the key", ax, 0x1E, 0xFF
    jmp end

low_kib: .word 0
high_units: .word 0
    .balign 4
first: .long 0
total: .long 0
.macro DATA base, limit = 0xFFFF
    .word \limit, (\base) & 0xFFFF
    .byte (\base) >> 16, 0x93, 0, 0
.endm
up: .fill 16, 1, 0
    DATA BUFFER
    DATA 0x100000
    .fill 16, 1, 0
down: .fill 16, 1, 0
    DATA 0x100000
    DATA BUFFER+4
    .fill 16, 1, 0
small: .fill 16, 1, 0
    DATA BUFFER, 0x1FFF
    DATA 0x100000
    .fill 16, 1, 0
end:
    TESTS_END
