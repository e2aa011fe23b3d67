# INT 09h: the keys that change what others mean: Shift, Ctrl, Alt, the locks, Insert; and Ctrl-Break, which shares
# its key with Scroll Lock.

.include "bios.inc"
.include "keyboard.inc"

# AH = key, AL = the same with bit 7 if released, CS:SI = its row of the table, DL = prefix.
.global modifier
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

# Insert went down: toggles its bit, unless it repeats or Ctrl or Alt is held. BL = KB_FLAGS.
.global insert_key
insert_key:
    test bl, CTRL | ALT
    jnz 1f
    test byte ptr [BDA_KB_FLAGS2], INSERT
    jnz 1f
    or byte ptr [BDA_KB_FLAGS2], INSERT
    xor byte ptr [BDA_KB_FLAGS], INSERT
1:  ret

.macro MODIFIER key, bit, lock
    .byte \key, \bit, \lock
.endm
.global modifiers, modifiers_end
modifiers:
    MODIFIER 0x2A, LEFT_SHIFT, 0
    MODIFIER 0x36, RIGHT_SHIFT, 0
    MODIFIER 0x1D, CTRL, 0
    MODIFIER 0x38, ALT, 0
    MODIFIER 0x3A, CAPS, 1
    MODIFIER 0x45, NUM, 1
    MODIFIER 0x46, SCROLL, 1
modifiers_end:
