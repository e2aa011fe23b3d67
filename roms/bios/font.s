# INT 10h/11h: where the fonts are (1130h), and cells of 14, 8 or 16 lines in text modes (1111h, 1112h, 1114h),
# which makes 28, 50 or 25 rows. Not modelled: loading fonts, the program's or ours, into plane 2 of video memory:
# the display has its own; so 1100h-1104h and 1110h change nothing.

.include "bios.inc"

# 1130h, BH = which: 0 INT 1Fh, 1 INT 43h, 2 8x14, 3 8x8, 4 8x8 from 80h, 5 9x14, 6 8x16, 7 9x16 ->
# ES:BP = it, CX = scan lines of a character on the screen, DL = last row. The 9-wide tables of exceptions are empty.
.global video_font
video_font:
    cmp al, 0x30
    jne set_cell_height
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

set_cell_height:
    mov bl, 14
    cmp al, 0x11
    je 1f
    mov bl, 8
    cmp al, 0x12
    je 1f
    mov bl, 16
    cmp al, 0x14
    jne 2f
1:  cmp byte ptr [BDA_VIDEO_MODE], 0x13
    je 2f
    mov [BDA_CHAR_HEIGHT], bl
    mov ax, 400                 # scan lines of the screen
    div bl
    mov cl, al                  # rows
    dec al
    mov [BDA_ROWS_LAST], al
    mov al, cl
    mul bl
    dec ax
    mov ch, al                  # last line shown; its bit 8 is 1 for all three
    movzx ax, cl
    mul word ptr [BDA_COLUMNS]
    add ax, ax
    add ax, 0xFF                # pages begin at multiples of 256
    xor al, al
    mov [BDA_PAGE_BYTES], ax
    mov dx, [BDA_CRTC_PORT]
    mov al, 0x12                # vertical display end
    mov ah, ch
    out dx, ax
    mov al, 0x09                # maximum scan line: bits 4-0
    out dx, al
    inc dx
    in al, dx
    and al, 0xE0
    dec bl
    or al, bl
    out dx, al
    mov cx, 0x0607
    jmp set_cursor_shape
2:  ret

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
