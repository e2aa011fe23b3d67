# INT 09h and INT 16h. Keys come from the 8042: command D2h makes a byte look as if the keyboard had sent it.

.include "harness.inc"

# Each row: a name, bytes from the keyboard ended by 0, the key INT 16h/10h must give (0: none).
.macro KEYS name, key, bytes:vararg
    mov si, offset 9f
    call type
    call take
    IS "\name", ax, \key
    jmp 8f
9:  .byte \bytes, 0
8:
.endm

    mov ah, 0x01
    int 0x16
    ZERO_IS "no key yet", 1
    KEYS "a", 0x1E61, 0x1E, 0x9E
    KEYS "shift a", 0x1E41, 0x2A, 0x1E, 0x9E, 0xAA
    KEYS "right shift 1", 0x0221, 0x36, 0x02, 0x82, 0xB6
    KEYS "ctrl c", 0x2E03, 0x1D, 0x2E, 0xAE, 0x9D
    KEYS "alt x", 0x2D00, 0x38, 0x2D, 0xAD, 0xB8
    KEYS "caps a", 0x1E41, 0x3A, 0xBA, 0x1E, 0x9E
    KEYS "caps shift a", 0x1E61, 0x2A, 0x1E, 0x9E, 0xAA
    KEYS "caps 1", 0x0231, 0x02, 0x82
    mov ah, 0x02
    int 0x16
    IS "caps is on", ax, 0x40, 0xFF
    KEYS "caps off", 0x1E61, 0x3A, 0xBA, 0x1E, 0x9E
    KEYS "enter", 0x1C0D, 0x1C, 0x9C
    KEYS "backspace", 0x0E08, 0x0E, 0x8E
    KEYS "escape", 0x011B, 0x01, 0x81
    KEYS "tab", 0x0F09, 0x0F, 0x8F
    KEYS "space", 0x3920, 0x39, 0xB9
    KEYS "z", 0x2C7A, 0x2C, 0xAC
    KEYS "slash", 0x352F, 0x35, 0xB5
    KEYS "shift slash", 0x353F, 0x2A, 0x35, 0xB5, 0xAA
    KEYS "F1", 0x3B00, 0x3B, 0xBB
    KEYS "shift F1", 0x5400, 0x2A, 0x3B, 0xBB, 0xAA
    KEYS "F12", 0x8600, 0x58, 0xD8
    KEYS "keypad 8 is up", 0x4800, 0x48, 0xC8
    KEYS "the other up", 0x48E0, 0xE0, 0x48, 0xE0, 0xC8
    KEYS "keypad 8 with shift", 0x4838, 0x2A, 0x48, 0xC8, 0xAA
    KEYS "keypad 8 with num lock", 0x4838, 0x45, 0xC5, 0x48, 0xC8
    KEYS "num lock and shift", 0x4800, 0x2A, 0x48, 0xC8, 0xAA
    KEYS "num lock does not touch the other up", 0x48E0, 0xE0, 0x48, 0xE0, 0xC8
    KEYS "num lock off", 0x4700, 0x45, 0xC5, 0x47, 0xC7
    KEYS "ctrl left", 0x73E0, 0x1D, 0xE0, 0x4B, 0xE0, 0xCB, 0x9D
    KEYS "right ctrl c", 0x2E03, 0xE0, 0x1D, 0x2E, 0xAE, 0xE0, 0x9D
    KEYS "keypad enter", 0xE00D, 0xE0, 0x1C, 0xE0, 0x9C
    KEYS "alt 6 5 on the keypad is A", 0x0041, 0x38, 0x4D, 0xCD, 0x4C, 0xCC, 0xB8
    KEYS "pause gives no key", 0, 0xE1, 0x1D, 0x45, 0xE1, 0x9D, 0xC5
    KEYS "after pause, a", 0x1E61, 0x1E, 0x9E
    KEYS "an unknown scan code", 0, 0x7E, 0xFE

    mov si, offset held
    call type
    mov ah, 0x02
    int 0x16
    IS "shifts, ctrl and alt held", ax, 0x0F, 0x0F
    mov ah, 0x12
    int 0x16
    IS "left ctrl, right alt held", ax, 0x0900, 0x0F00
    mov si, offset let_go
    call type
    mov ah, 0x02
    int 0x16
    IS "let go", ax, 0x00, 0xFF

# 84-key view of 101-key keys.
    mov si, offset two_ups
    call type
    mov ah, 0x00
    int 0x16
    IS "00h makes the other up an old one", ax, 0x4800
    mov ah, 0x01
    int 0x16
    ZERO_IS "01h drops F12, which has no older twin", 1

    mov ah, 0x05
    mov cx, 0x1234
    int 0x16
    IS "05h: put", ax, 0, 0xFF
    mov ah, 0x11
    int 0x16
    ZERO_IS "11h: a key", 0
    IS "11h: which", ax, 0x1234
    mov ah, 0x10
    int 0x16
    IS "10h: it was still there", ax, 0x1234

    mov di, 20
1:  mov ah, 0x05
    mov cx, 0x4444
    int 0x16
    test al, al
    jnz 2f
    dec di
    jnz 1b
2:  IS "the buffer holds 15 keys", di, 5
    mov si, offset ctrl_break
    call type
    call take
    IS "Ctrl-Break empties it and leaves 0000h", ax, 0
    mov ah, 0x11
    int 0x16
    ZERO_IS "and nothing more", 1

# INT 15h/4Fh may change a key.
    mov eax, [0x15 * 4]
    mov [old_15], eax
    mov word ptr [0x15 * 4], offset intercept
    mov word ptr [0x15 * 4 + 2], cs
    KEYS "intercepted: a becomes b", 0x3062, 0x1E
    KEYS "intercepted: c is dropped", 0, 0x2E
    mov eax, [old_15]
    mov [0x15 * 4], eax
    jmp end

intercept:
    cmp ah, 0x4F
    jne 2f
    cmp al, 0x2E
    je 1f
    cmp al, 0x1E
    jne 3f
    mov al, 0x30
3:  stc
    retf 2
1:  clc
    retf 2
2:  jmp dword ptr cs:[old_15]

old_15: .long 0
held: .byte 0x2A, 0x36, 0x1D, 0xE0, 0x38, 0
let_go: .byte 0xAA, 0xB6, 0x9D, 0xE0, 0xB8, 0
two_ups: .byte 0xE0, 0x48, 0xE0, 0xC8, 0x58, 0xD8, 0
ctrl_break: .byte 0x1D, 0xE0, 0x46, 0xE0, 0xC6, 0x9D, 0

# Sends the bytes at SI, ended by 0, through the keyboard controller, and waits until each was taken.
type:
    mov al, 0xD2
    call controller_ready
    out 0x64, al
    call controller_ready
    lodsb
    test al, al
    jz 2f
    out 0x60, al
    mov cx, 10000
1:  in al, 0x64                 # output buffer: empty again when INT 09h has read it
    test al, 0x01
    loopnz 1b
    jmp type
2:  mov al, 0xFA                # the byte D2h waits for: an acknowledge, no key
    out 0x60, al
    mov cx, 10000
3:  in al, 0x64
    test al, 0x01
    loopnz 3b
    ret

controller_ready:
    push ax
1:  in al, 0x64
    test al, 0x02
    jnz 1b
    pop ax
    ret

# -> AX = key, 0 if there is none.
take:
    mov ah, 0x11
    int 0x16
    jz 1f
    mov ah, 0x10
    int 0x16
    ret
1:  xor ax, ax
    ret
end:
    TESTS_END
