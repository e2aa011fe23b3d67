# Time: INT 08h and 1Ch, INT 1Ah, INT 15h/83h and 86h, hardware interrupts nobody serves.

.include "harness.inc"

    mov word ptr [0x1C * 4], offset tick
    mov word ptr [0x1C * 4 + 2], cs
    mov ax, [0x46C]
1:  hlt
    cmp byte ptr [ticks], 3
    jb 1b
    mov bx, [0x46C]
    sub bx, ax
    IS "three ticks of INT 1Ch are three ticks of the count", bx, 3

    mov ah, 0x01
    mov cx, 0x0018
    mov dx, 0x00AE
    cli
    int 0x1A
    mov byte ptr [ticks], 0
    sti
1:  hlt
    cmp byte ptr [ticks], 3
    jb 1b
    xor ah, ah
    int 0x1A
    IS "midnight: the count starts again", cx, 0
    IS "midnight: 1800AEh + 3 is 1", dx, 1
    IS "midnight is told", ax, 1, 0xFF
    xor ah, ah
    int 0x1A
    IS "once", ax, 0, 0xFF

    mov ah, 0x03
    mov cx, 0x1234
    mov dx, 0x5600
    int 0x1A
    CARRY_IS "set time", 0
    mov ah, 0x02
    int 0x1A
    CARRY_IS "get time", 0
    IS "hours, minutes", cx, 0x1234
    IS "seconds", dx, 0x5600, 0xF000
    mov ah, 0x05
    mov cx, 0x1999
    mov dx, 0x1231
    int 0x1A
    CARRY_IS "set date", 0
    mov ah, 0x04
    int 0x1A
    CARRY_IS "get date", 0
    IS "century, year", cx, 0x1999
    IS "month, day", dx, 0x1231
    mov ah, 0xB1
    int 0x1A
    CARRY_IS "an unknown function", 1

    mov ah, 0x86
    mov cx, 0
    mov dx, 1000
    int 0x15
    CARRY_IS "86h: a millisecond", 0
    IS "86h: CX is kept", cx, 0
    IS "86h: DX is kept", dx, 1000

    mov byte ptr [flag], 0
    mov ax, 0x8300
    mov cx, 0
    mov dx, 20000
    mov bx, offset flag
    int 0x15
    CARRY_IS "83h", 0
    mov ax, 0x8300
    int 0x15
    CARRY_IS "83h while one is running", 1
    mov cx, 2000
1:  hlt
    test byte ptr [flag], 0x80
    loopz 1b
    IS "83h sets the flag", [flag], 0x80, 0xFF
    mov ax, 0x8301
    int 0x15
    CARRY_IS "83h/01: cancel", 0

    mov ax, [0x46C]
    mov bx, 2
1:  hlt
    cmp ax, [0x46C]
    je 1b
    mov ax, [0x46C]
    dec bx
    jnz 1b
    IS "the timer still runs", bx, 0

# INT 0Ah-0Fh and 70h-77h entered with nothing in service must come back.
    mov cx, 0x5555
    int 0x0A
    int 0x0B
    int 0x0E
    int 0x0F
    int 0x71
    int 0x72
    int 0x74
    int 0x76
    int 0x77
    IS "spurious interrupts come back", cx, 0x5555
    int 0x03
    int 0x04
    IS "breakpoint and overflow come back", cx, 0x5555
    jmp end

tick:
    inc byte ptr cs:[ticks]
    iret
ticks: .byte 0
flag: .byte 0
end:
    TESTS_END
