# INT 10h: characters to and from the screen. 08h read, 09h and 0Ah write without moving the cursor,
# 0Eh teletype, 13h string. In mode 13h the attribute is the colour; bit 7 draws by exclusive or.
# Not modelled: reading a character back in mode 13h (answers 0), the bell.

.include "bios.inc"

# 08h: BH = page -> AL = character, AH = attribute at the cursor.
video_read_cell_13h:
    mov word ptr [bp + FRAME_AX], 0
    ret
.global video_read_cell
video_read_cell:
    cmp byte ptr [BDA_VIDEO_MODE], 0x13
    je video_read_cell_13h
    call get_cursor
    call cell_address
    mov ax, es:[di]
    mov [bp + FRAME_AX], ax
    ret

# 09h: AL = character, BL = attribute, BH = page, CX = how many. 0Ah: the same, attributes stay.
.global video_write_cells, video_write_chars
video_write_cells:
    mov ah, 1
    jmp 1f
video_write_chars:
    xor ah, ah
1:  jcxz 3f
    call get_cursor
2:  call put_cell
    call next_cell
    cmp dh, [BDA_ROWS_LAST]
    ja 3f
    loop 2b
3:  ret

# 0Eh: AL = character, BL = colour in graphics modes.
.global video_teletype
video_teletype:
    mov dx, CONSOLE_TAP
    out dx, al
# The screen's part of it: on the active page, at its cursor, keeping the attribute that is there.
.global screen_teletype
screen_teletype:
    pushad
    push es
    mov bh, [BDA_ACTIVE_PAGE]
    call get_cursor
    xor ah, ah
    call put_and_advance
    call set_cursor
    pop es
    popad
    ret

# 13h: ES:BP = string, CX = characters, BH = page, BL = attribute, DX = first cell;
# AL bit 0: leave the cursor after it; bit 1: each character is followed by its attribute.
.global video_write_string
video_write_string:
    push fs
    push word ptr [bp + FRAME_ES]
    pop fs
    mov si, [bp + FRAME_BP]
    mov bx, [bp + FRAME_BX]
    mov cx, [bp + FRAME_CX]
    mov dx, [bp + FRAME_DX]
1:  jcxz 3f
    mov al, fs:[si]
    inc si
    test byte ptr [bp + FRAME_AL], 0x02
    jz 2f
    mov bl, fs:[si]
    inc si
2:  mov ah, 1
    call put_and_advance
    dec cx
    jmp 1b
3:  test byte ptr [bp + FRAME_AL], 0x01
    jz 4f
    call set_cursor
4:  pop fs
    ret

# AL = character or one of BEL BS LF CR, AH = 1: with attribute BL, 0: without; BH = page, DX = cell
# -> DX = the cell after it. Scrolls the page when the last row is passed. ES, EDI: used.
put_and_advance:
    cmp al, 0x0D
    je 3f
    cmp al, 0x0A
    je 4f
    cmp al, 0x08
    je 2f
    cmp al, 0x07
    je 6f
    call put_cell
    call next_cell
    jmp 5f
2:  sub dl, 1
    adc dl, 0
    ret
3:  xor dl, dl
    ret
4:  inc dh
5:  cmp dh, [BDA_ROWS_LAST]
    jbe 6f
    mov dh, [BDA_ROWS_LAST]
    push ax
    push bx
    push cx
    push dx
    xor bl, bl
    cmp byte ptr [BDA_VIDEO_MODE], 0x13
    je 7f
    call cell_address           # the new row takes the attribute at the cursor
    mov bl, es:[di + 1]
7:  mov ax, 0x0001
    xor cx, cx
    mov dl, [BDA_COLUMNS]
    dec dl
    call scroll_up
    pop dx
    pop cx
    pop bx
    pop ax
6:  ret

next_cell:
    inc dl
    cmp dl, [BDA_COLUMNS]
    jb 1f
    xor dl, dl
    inc dh
1:  ret

# Puts AL into cell DX of page BH; with attribute BL if AH is not 0. ES, DI: used.
put_cell:
    call cell_address
    cmp byte ptr [BDA_VIDEO_MODE], 0x13
    je draw_glyph
    mov es:[di], al
    test ah, ah
    jz 1f
    mov es:[di + 1], bl
1:  ret

# Draws the 8x8 glyph of AL at ES:DI in colour BL on 0; by exclusive or if BL bit 7 is set.
draw_glyph:
    pusha
    call glyph_address          # DS:SI; DS is no longer the BIOS data area
    mov dh, 8
1:  lodsb
    mov ah, al
    mov cx, 8
2:  xor al, al
    add ah, ah
    jnc 3f
    mov al, bl
3:  test bl, 0x80
    jz 4f
    and al, 0x7F
    xor al, es:[di]
4:  stosb
    loop 2b
    add di, 320 - 8
    dec dh
    jnz 1b
    push BDA_SEGMENT
    pop ds
    popa
    ret
