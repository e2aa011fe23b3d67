# INT 10h/10h: attribute palette and DAC; 0Bh: border and CGA palette; and the colours a mode starts with.
# Not modelled: 1013h and 101Ah colour pages, 1003h's effect on anything but the attribute controller.

.include "bios.inc"

# Sets attribute register BL to BH. BL may hold 20h..: values outside 0-14h are ignored.
attribute_write:
    cmp bl, 0x14
    ja 1f
    push ax
    push dx
    call attribute_reset
    mov dx, 0x3C0
    mov al, bl
    out dx, al
    mov al, bh
    out dx, al
    mov al, 0x20
    out dx, al
    pop dx
    pop ax
1:  ret

# BL = attribute register -> BH = its value.
attribute_read:
    push ax
    push dx
    call attribute_reset
    mov dx, 0x3C0
    mov al, bl
    out dx, al
    inc dx
    in al, dx
    mov bh, al
    call attribute_reset
    mov dx, 0x3C0
    mov al, 0x20
    out dx, al
    pop dx
    pop ax
    ret

attribute_reset:
    mov dx, [BDA_CRTC_PORT]
    add dx, 6
    in al, dx
    ret

.global video_palette
video_palette:
    mov es, [bp + FRAME_ES]
    mov bx, [bp + FRAME_BX]
    mov dx, [bp + FRAME_DX]
    mov cx, [bp + FRAME_CX]
    cmp al, 0x1C
    jae 1f
    movzx si, al
    add si, si
    jmp word ptr cs:[si + palette_functions]
1:  ret

palette_functions:
    .word attribute_write, set_border, set_all, set_blink, 1b, 1b, 1b, get_one          # 00
    .word get_border, get_all, 1b, 1b, 1b, 1b, 1b, 1b                                   # 08
    .word set_dac, 1b, set_dac_block, 1b, 1b, get_dac, 1b, get_dac_block                # 10
    .word set_mask, get_mask, 1b, 1b                                                    # 18

set_border:                     # BH = colour
    mov bl, 0x11
    jmp attribute_write

set_all:                        # ES:DX = 16 palette bytes and the border
    mov si, dx
    xor bl, bl
1:  mov bh, es:[si]
    inc si
    cmp bl, 0x10
    jae set_border
    call attribute_write
    inc bl
    jmp 1b

set_blink:                      # BL = 1: attribute bit 7 blinks; 0: it is background intensity
    mov cl, bl
    mov bl, 0x10
    call attribute_read
    and bh, 0xF7
    and byte ptr [BDA_CRT_MODE_SET], 0xDF
    test cl, 1
    jz attribute_write
    or bh, 0x08
    or byte ptr [BDA_CRT_MODE_SET], 0x20
    jmp attribute_write

get_border:                     # -> BH
    mov bl, 0x11
get_one:                        # BL -> BH
    call attribute_read
    mov [bp + FRAME_BH], bh
    ret

get_all:                        # 17 bytes to ES:DX
    mov di, dx
    xor bl, bl
1:  call attribute_read
    mov es:[di], bh
    inc di
    inc bl
    cmp bl, 0x10
    jb 1b
    mov bl, 0x11
    call attribute_read
    mov es:[di], bh
    ret

set_dac:                        # BX = register; DH red, CH green, CL blue
    mov al, bl
    mov ah, dh
    mov dx, 0x3C8
    out dx, al
    inc dx
    mov al, ah
    out dx, al
    mov al, ch
    out dx, al
    mov al, cl
    out dx, al
    ret

set_dac_block:                  # BX = first, CX = count, ES:DX = triples
    mov si, dx
    mov al, bl
    mov dx, 0x3C8
    out dx, al
    inc dx
    imul cx, cx, 3
1:  jcxz 2f
    mov al, es:[si]
    inc si
    out dx, al
    dec cx
    jmp 1b
2:  ret

get_dac:                        # BL -> DH, CH, CL
    mov al, bl
    mov dx, 0x3C7
    out dx, al
    mov dx, 0x3C9
    in al, dx
    mov [bp + FRAME_DH], al
    in al, dx
    mov [bp + FRAME_CH], al
    in al, dx
    mov [bp + FRAME_CL], al
    ret

get_dac_block:                  # BX = first, CX = count, triples to ES:DX
    mov di, dx
    mov al, bl
    mov dx, 0x3C7
    out dx, al
    mov dx, 0x3C9
    imul cx, cx, 3
1:  jcxz 2f
    in al, dx
    stosb
    dec cx
    jmp 1b
2:  ret

set_mask:
    mov al, bl
    mov dx, 0x3C6
    out dx, al
    ret

get_mask:
    mov dx, 0x3C6
    in al, dx
    mov [bp + FRAME_BL], al
    ret

# 0Bh, BH = 0: BL = border colour. The CGA palettes (BH = 1) belong to modes we do not have.
.global video_background
video_background:
    test bh, bh
    jnz 1f
    mov bh, bl
    and bh, 0x0F
    jmp set_border
1:  ret
