# INT 09h, IRQ 1: scan codes of set 1 become keys in the buffer; ASCII low, scan code high. keymap.s has the keys.
# INT 15h/4Fh sees each byte first and may change or drop it. Ctrl-Alt-Del resets; Ctrl-Break calls INT 1Bh.
# Not modelled: Pause, Print Screen, SysRq, the lights, the beep of a full buffer.

.include "bios.inc"
.include "keyboard.inc"

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

reboot:
    mov word ptr [BDA_RESET_FLAG], 0x1234
    OUTB KBC_STATUS, 0xFE       # the 8042 pulses the processor's reset line
    OUTB PORT_A, 0x01           # and if it does not
    .byte 0xEA
    .word 0xFFF0, BIOS_SEGMENT

keypad_digits:                  # by scan code from 47h; FFh: not a digit
    .byte 7, 8, 9, 0xFF, 4, 5, 6, 0xFF, 1, 2, 3, 0, 0xFF
