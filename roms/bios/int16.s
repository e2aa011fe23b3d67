# INT 16h, keyboard: AH = 00 read, 01 look, 02 shift flags, 05 put; 10, 11, 12 the same for 101-key keyboards.
# 00 and 01 hide what an 84-key keyboard does not have: E0h in either half marks the doubled keys, which
# become their older twins; codes above 84h are dropped. 03, typematic rate, is accepted and changes nothing.

.include "bios.inc"

.global int16
int16:
    SERVICE
    call 1f
    SERVICE_END
1:  DISPATCH functions, 0x13, no_function

functions:
    .word key_read, key_look, key_flags, no_function, no_function, key_put          # 00
    .word no_function, no_function, no_function, no_function, no_function           # 06
    .word no_function, no_function, no_function, no_function, no_function           # 0B
    .word key_read, key_look, key_flags_extended                                    # 10

no_function:
    ret

# Waits for a key -> AX: scan code in AH, ASCII in AL.
key_read:
    cli
    mov bx, [BDA_KB_HEAD]
    cmp bx, [BDA_KB_TAIL]
    jne 1f
    sti
    hlt
    jmp key_read
1:  call key_take
    call key_translate
    jc key_read
    mov [bp + FRAME_AX], ax
    ret

# -> ZF set if there is no key; else AX = the next one, which stays.
key_look:
    cli
    or byte ptr [bp + FRAME_FLAGS], ZERO
1:  mov bx, [BDA_KB_HEAD]
    cmp bx, [BDA_KB_TAIL]
    je 2f
    mov ax, [bx]
    call key_translate
    jnc 3f
    call key_take               # a key the caller cannot be told of
    jmp 1b
3:  mov [bp + FRAME_AX], ax
    and byte ptr [bp + FRAME_FLAGS], ~ZERO & 0xFF
2:  ret

# BX = head -> AX = its key; the head moves on.
key_take:
    mov ax, [bx]
    add bx, 2
    cmp bx, [BDA_KB_END]
    jb 1f
    mov bx, [BDA_KB_START]
1:  mov [BDA_KB_HEAD], bx
    ret

# AX = key, as the function called shows it. CF set: not at all.
key_translate:
    test byte ptr [bp + FRAME_AH], 0x10
    jnz 3f
    cmp ah, 0xE0
    je 1f
    cmp ah, 0x84
    ja 4f
    cmp al, 0xE0
    jne 3f
    test ah, ah
    jz 3f
    xor al, al
3:  clc
    ret
1:  mov ah, 0x35                # keypad /
    cmp al, '/'
    je 3b
    mov ah, 0x1C                # keypad Enter
    jmp 3b
4:  stc
    ret

key_flags:
    mov al, [BDA_KB_FLAGS]
    mov [bp + FRAME_AL], al
    ret

# AH bits: 0-3 held LCtrl LAlt RCtrl RAlt, 4-6 held Scroll Num Caps, 7 SysRq.
key_flags_extended:
    mov al, [BDA_KB_FLAGS]
    mov ah, [BDA_KB_FLAGS2]
    mov bl, ah
    and ah, 0x73
    and bl, 0x04
    shl bl, 5
    or ah, bl
    mov bl, [BDA_KB_MODE]
    and bl, 0x0C
    or ah, bl
    mov [bp + FRAME_AX], ax
    ret

key_put:                        # CX = key -> AL = 0, or 1 if the buffer is full
    mov ax, [bp + FRAME_CX]
    call key_store
    setc al
    mov [bp + FRAME_AL], al
    ret

# AX = key, into the buffer; CF set if it is full. DS = BIOS data area.
.global key_store
key_store:
    pushf
    cli
    push bx
    push si
    mov bx, [BDA_KB_TAIL]
    lea si, [bx + 2]
    cmp si, [BDA_KB_END]
    jb 1f
    mov si, [BDA_KB_START]
1:  cmp si, [BDA_KB_HEAD]
    je 2f
    mov [bx], ax
    mov [BDA_KB_TAIL], si
    pop si
    pop bx
    popf
    clc
    ret
2:  pop si
    pop bx
    popf
    stc
    ret
