# INT 09h, IRQ 1: scan codes of set 1 become keys in the buffer; ASCII low, scan code high. keymap.s has the keys.
# INT 15h/4Fh sees each byte first and may change or drop it. Ctrl-Alt-Del resets; Ctrl-Break calls INT 1Bh.
# Not modelled: Pause, Print Screen, SysRq, the lights, the beep of a full buffer.

.include "bios.inc"

.equ LEFT_SHIFT, 0x02
.equ RIGHT_SHIFT, 0x01
.equ CTRL, 0x04
.equ ALT, 0x08
.equ SCROLL, 0x10
.equ NUM, 0x20
.equ CAPS, 0x40
.equ INSERT, 0x80
.equ WAS_E1, 0x01
.equ WAS_E0, 0x02
.equ KEYS, 0x59                 # scan codes 00h-58h have an entry in the keymap

.global int09
int09:
    pushad
    push ds
    push es
    push BDA_SEGMENT
    pop ds
    cld
    in al, KBC_DATA
    mov ah, 0x4F
    stc
    int 0x15
    cli
    jnc 1f
    call scan_code
1:  OUTB PIC1, PIC_EOI
    pop es
    pop ds
    popad
    iret

# AL = byte from the keyboard. DL = the prefixes seen before it, BL = KB_FLAGS.
scan_code:
    cmp al, 0xE0
    je prefix_e0
    cmp al, 0xE1
    je prefix_e1
    mov dl, [BDA_KB_MODE]
    and dl, WAS_E0 | WAS_E1
    test dl, WAS_E1
    jz 1f
    mov ah, al                  # Pause: E1 1D 45 E1 9D C5
    and ah, 0x7F
    cmp ah, 0x1D
    je 2f
    and byte ptr [BDA_KB_MODE], ~WAS_E1 & 0xFF
2:  ret
1:  and byte ptr [BDA_KB_MODE], ~WAS_E0 & 0xFF
    mov ah, al
    and ah, 0x7F                # AH = key, AL bit 7 = released
    mov si, offset modifiers
3:  cmp ah, cs:[si]
    je modifier
    add si, 3
    cmp si, offset modifiers_end
    jb 3b
    test al, 0x80
    jz key_down
    cmp al, 0xD2
    jne 4f
    and byte ptr [BDA_KB_FLAGS2], ~INSERT & 0xFF
4:  ret

prefix_e0:
    or byte ptr [BDA_KB_MODE], WAS_E0
    ret
prefix_e1:
    or byte ptr [BDA_KB_MODE], WAS_E1
    ret

modifier:
    mov cl, cs:[si + 1]
    test byte ptr cs:[si + 2], 1
    jnz lock_key
    test cl, LEFT_SHIFT | RIGHT_SHIFT
    jz 1f
    test dl, WAS_E0             # the keyboard's own shifts around doubled keys
    jnz 9f
    mov bx, BDA_KB_FLAGS
    jmp set_held
1:  mov ch, cl                  # Ctrl or Alt: left in FLAGS2 bits 0-1, right in MODE bits 2-3
    mov bx, BDA_KB_MODE
    test dl, WAS_E0
    jnz 2f
    shr cl, 2
    mov bx, BDA_KB_FLAGS2
2:  call set_held
    mov cl, [BDA_KB_FLAGS2]     # either one held makes KB_FLAGS say so
    shl cl, 2
    or cl, [BDA_KB_MODE]
    and cl, ch
    not ch
    and [BDA_KB_FLAGS], ch
    or [BDA_KB_FLAGS], cl
    cmp al, 0xB8                # Alt released: a number typed with it is a character
    jne 9f
    xor ax, ax
    xchg al, [BDA_KB_ALT_NUMBER]
    test al, al
    jnz key_store
9:  ret

# Sets bit CL of the byte at BX if the key is down (AL bit 7 clear), clears it if not.
set_held:
    or [bx], cl
    test al, al
    jns 1f
    xor [bx], cl
1:  ret

lock_key:                       # toggles when it goes down, not when it repeats
    cmp ah, 0x46
    jne 1f
    test dl, WAS_E0
    jnz ctrl_break
    test byte ptr [BDA_KB_FLAGS], CTRL
    jnz ctrl_break
1:  test al, al
    js 2f
    test [BDA_KB_FLAGS2], cl
    jnz 3f
    xor [BDA_KB_FLAGS], cl
2:  mov bx, BDA_KB_FLAGS2
    jmp set_held
3:  ret

ctrl_break:
    test al, al
    js 1f
    mov ax, [BDA_KB_START]
    mov [BDA_KB_HEAD], ax
    mov [BDA_KB_TAIL], ax
    mov byte ptr [BDA_BREAK], 0x80
    int 0x1B
    xor ax, ax
    jmp key_store
1:  ret

# AH = AL = scan code of a key that went down, DL = prefix.
key_down:
    mov bl, [BDA_KB_FLAGS]
    mov bh, bl
    and bh, CTRL | ALT
    cmp bh, CTRL | ALT
    jne 1f
    cmp ah, 0x53
    je reboot
1:  test dl, WAS_E0
    jnz extended_key
    cmp ah, KEYS
    jae 9f
    cmp ah, 0x47
    jb 2f
    cmp ah, 0x53
    jbe keypad
2:  movzx si, ah
    shl si, 3
    add si, offset keymap       # normal, shift, ctrl, alt
    test bl, ALT
    jnz 6f
    test bl, CTRL
    jnz 5f
    mov ax, cs:[si]
    test bl, CAPS
    jz 3f
    cmp al, 'a'
    jb 3f
    cmp al, 'z'
    ja 3f
    test bl, LEFT_SHIFT | RIGHT_SHIFT       # caps and shift undo each other
    jz 4f
    jmp 7f
3:  test bl, LEFT_SHIFT | RIGHT_SHIFT
    jz 7f
4:  mov ax, cs:[si + 2]
    jmp 7f
5:  mov ax, cs:[si + 4]
    jmp 7f
6:  mov ax, cs:[si + 6]
7:  test ax, ax
    jnz key_store
9:  ret

# 47h-53h: digits with Num Lock or shift, but not both; Alt and digits spell a character's number.
keypad:
    cmp ah, 0x52
    jne 1f
    call insert_key
1:  test bl, ALT
    jz 3f
    movzx si, ah
    mov al, cs:[si + keypad_digits - 0x47]
    cmp al, 9
    ja 2b
    mov ah, al
    mov al, [BDA_KB_ALT_NUMBER]
    mov cl, 10
    mov ch, ah
    mul cl
    add al, ch
    mov [BDA_KB_ALT_NUMBER], al
    ret
3:  mov bh, bl
    and bh, NUM
    jz 2b
    test bl, LEFT_SHIFT | RIGHT_SHIFT
    jz 4f
    and bl, ~(LEFT_SHIFT | RIGHT_SHIFT) & 0xFF
    jmp 2b
4:  or bl, LEFT_SHIFT
    jmp 2b

# Keys after E0h: the doubled ones, whose ASCII is E0h where the keypad has 00h.
extended_key:
    cmp ah, 0x52
    jne 1f
    call insert_key
1:  mov si, offset extended_keymap
2:  cmp ah, cs:[si]
    je 3f
    add si, 7
    cmp si, offset extended_keymap_end
    jb 2b
    ret
3:  inc si
    test bl, ALT
    jnz 5f
    test bl, CTRL
    jz 6f
    add si, 2
    jmp 6f
5:  add si, 4
6:  mov ax, cs:[si]
    jmp key_store

insert_key:
    test bl, CTRL | ALT
    jnz 1f
    test byte ptr [BDA_KB_FLAGS2], INSERT
    jnz 1f
    or byte ptr [BDA_KB_FLAGS2], INSERT
    xor byte ptr [BDA_KB_FLAGS], INSERT
1:  ret

reboot:
    mov word ptr [BDA_RESET_FLAG], 0x1234
    OUTB KBC_STATUS, 0xFE       # the 8042 pulses the processor's reset line
    OUTB PORT_A, 0x01           # and if it does not
    .byte 0xEA
    .word 0xFFF0, BIOS_SEGMENT

.macro MODIFIER key, bit, lock
    .byte \key, \bit, \lock
.endm
modifiers:
    MODIFIER 0x2A, LEFT_SHIFT, 0
    MODIFIER 0x36, RIGHT_SHIFT, 0
    MODIFIER 0x1D, CTRL, 0
    MODIFIER 0x38, ALT, 0
    MODIFIER 0x3A, CAPS, 1
    MODIFIER 0x45, NUM, 1
    MODIFIER 0x46, SCROLL, 1
modifiers_end:

keypad_digits:                  # by scan code from 47h; FFh: not a digit
    .byte 7, 8, 9, 0xFF, 4, 5, 6, 0xFF, 1, 2, 3, 0, 0xFF
