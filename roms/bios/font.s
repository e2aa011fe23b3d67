# INT 10h/11h: fonts. Only 1130h, where the fonts are. Text modes use the display's own 8x16 font.
# Not modelled: loading fonts (plane 2 of video memory), other cell heights.

.include "bios.inc"

.global video_font
video_font:
    cmp al, 0x30
    jne 9f
    mov ax, [BDA_CHAR_HEIGHT]
    mov [bp + FRAME_CX], ax
    mov al, [BDA_ROWS_LAST]
    mov [bp + FRAME_DL], al
    mov word ptr [bp + FRAME_ES], BIOS_SEGMENT
    mov ax, offset font_8x8
    cmp bh, 1
    ja 1f
    push 0                      # BH = 0: INT 1Fh, 1: INT 43h
    pop es
    mov eax, es:[0x1F * 4]
    jb 2f
    mov eax, es:[0x43 * 4]
2:  mov [bp + FRAME_BP], ax
    shr eax, 16
    mov [bp + FRAME_ES], ax
    ret
1:  cmp bh, 4
    jne 3f
    mov ax, offset font_8x8_high
3:  mov [bp + FRAME_BP], ax
9:  ret

# AL = character -> DS:SI = its 8 rows: below 80h in the ROM, above by INT 1Fh.
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

.global font_8x8_high
font_8x8_high: .fill 0x400, 1, 0x00
.section .at.FA6E, "ax"
.global font_8x8
font_8x8: .fill 0x400, 1, 0x00
