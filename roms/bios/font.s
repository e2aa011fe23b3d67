# INT 10h/11h: fonts. Only 1130h, where the fonts are. Text modes use the display's own 8x16 font.
# Not modelled: loading fonts (plane 2 of video memory), other cell heights in text modes.

.include "bios.inc"

# 1130h, BH = which: 0 INT 1Fh, 1 INT 43h, 2 8x14, 3 8x8, 4 8x8 from 80h, 5 9x14, 6 8x16, 7 9x16 ->
# ES:BP = it, CX = scan lines of a character on the screen, DL = last row. The 9-wide tables of exceptions are empty.
.global video_font
video_font:
    cmp al, 0x30
    jne 3f
    cmp bh, 7
    ja 3f
    mov ax, [BDA_CHAR_HEIGHT]
    mov [bp + FRAME_CX], ax
    mov al, [BDA_ROWS_LAST]
    mov [bp + FRAME_DL], al
    movzx si, bh
    add si, si
    mov eax, BIOS_SEGMENT << 16
    mov ax, cs:[si + fonts]
    cmp bh, 1
    ja 2f
    push 0
    pop es
    mov si, 0x1F * 4
    jb 1f
    mov si, 0x43 * 4
1:  mov eax, es:[si]
2:  mov [bp + FRAME_BP], ax
    shr eax, 16
    mov [bp + FRAME_ES], ax
3:  ret

fonts:
    .word 0, 0, font_8x14, font_8x8, font_8x8_high, no_exceptions, font_8x16, no_exceptions
no_exceptions:
    .byte 0

# AL = character -> DS:SI = its 8 rows: below 80h by INT 43h, above by INT 1Fh.
.global glyph_address
glyph_address:
    push 0
    pop ds
    movzx si, al
    shl si, 3
    test al, al
    js 1f
    add si, [0x43 * 4]
    mov ds, [0x43 * 4 + 2]
    ret
1:  sub si, 0x400
    add si, [0x1F * 4]
    mov ds, [0x1F * 4 + 2]
    ret
