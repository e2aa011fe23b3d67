# The colours the DAC holds after a mode set, computed: 64 EGA colours for text, the 256 of mode 13h.
# Source: IBM PS/2 and PC BIOS Interface Technical Reference, default palettes.

.include "bios.inc"

.global load_dac
load_dac:
    pusha
    mov dx, 0x3C8
    xor al, al
    out dx, al
    inc dx
    cmp byte ptr [BDA_VIDEO_MODE], 0x13
    je 1f
    call load_ega
    jmp 2f
1:  call load_cga16
    call load_greys
    call load_hues
2:  popa
    ret

# Colour number rgbRGB: capitals add 2Ah, small letters 15h.
load_ega:
    xor cl, cl
1:  mov bl, cl
    mov ch, 3                   # red, green, blue: bits 2 and 5, 1 and 4, 0 and 3
2:  xor al, al
    test bl, 0x04
    jz 3f
    add al, 0x2A
3:  test bl, 0x20
    jz 4f
    add al, 0x15
4:  out dx, al
    add bl, bl
    dec ch
    jnz 2b
    inc cl
    cmp cl, 64
    jb 1b
    ret

# The 16 CGA colours IRGB; 6 is brown, not dark yellow.
load_cga16:
    xor cl, cl
1:  mov bl, cl
    mov ah, 0x15
    test cl, 0x08
    jnz 2f
    xor ah, ah
2:  mov ch, 3
3:  mov al, ah
    test bl, 0x04
    jz 4f
    add al, 0x2A
    cmp cx, 0x0206              # green of colour 6
    jne 4f
    mov al, 0x15
4:  out dx, al
    add bl, bl
    dec ch
    jnz 3b
    inc cl
    cmp cl, 16
    jb 1b
    ret

load_greys:
    mov si, offset greys
    mov cx, 16
1:  mov al, cs:[si]
    inc si
    out dx, al
    out dx, al
    out dx, al
    loop 1b
    ret

# 9 rings of 24 hues, then 8 blacks. A ring has 5 levels; the way round goes in six legs of 4 steps, along each
# of which one component rises or falls: blue, magenta, red, yellow, green, cyan, blue.
load_hues:
    mov si, offset rings
1:  mov di, offset legs
2:  xor cl, cl
3:  mov ch, 3
    push di
4:  mov al, cs:[di]             # 0 low, 1 high, 2 rising, 3 falling
    inc di
    xor bx, bx
    test al, al
    jz 6f
    mov bl, 4
    cmp al, 1
    je 6f
    mov bl, cl
    cmp al, 2
    je 6f
    mov bl, 4
    sub bl, cl
6:  mov al, cs:[si + bx]
    out dx, al
    dec ch
    jnz 4b
    pop di
    inc cl
    cmp cl, 4
    jb 3b
    add di, 3
    cmp di, offset legs_end
    jb 2b
    add si, 5
    cmp si, offset rings_end
    jb 1b
    xor al, al
    mov cx, 24
7:  out dx, al
    loop 7b
    ret

greys:
    .byte 0x00, 0x05, 0x08, 0x0B, 0x0E, 0x11, 0x14, 0x18, 0x1C, 0x20, 0x24, 0x28, 0x2D, 0x32, 0x38, 0x3F
rings:                          # bright, middle, dark; each: full, half, little saturated
    .byte 0x00, 0x10, 0x1F, 0x2F, 0x3F,  0x1F, 0x27, 0x2F, 0x37, 0x3F,  0x2D, 0x31, 0x36, 0x3A, 0x3F
    .byte 0x00, 0x07, 0x0E, 0x15, 0x1C,  0x0E, 0x11, 0x15, 0x18, 0x1C,  0x14, 0x16, 0x18, 0x1A, 0x1C
    .byte 0x00, 0x04, 0x08, 0x0C, 0x10,  0x08, 0x0A, 0x0C, 0x0E, 0x10,  0x0B, 0x0C, 0x0D, 0x0F, 0x10
rings_end:
legs:                           # red, green, blue
    .byte 2, 0, 1,  1, 0, 3,  1, 2, 0,  3, 1, 0,  0, 1, 2,  0, 3, 1
legs_end:
