# The cursor, the display page, and where a character cell is in video memory.
# A cell is DX: row in DH, column in DL. Routines here preserve what they do not return.

.include "bios.inc"

# INT 10h/01h: CH = first line (bit 5: no cursor), CL = last line, in terms of a cell of 8 lines.
.global video_cursor_shape
video_cursor_shape:
    mov cx, [bp + FRAME_CX]
# The VGA's cells are 16 lines high, so lines below 8 are doubled, unless INT 10h/12h/34h turned that off.
.global set_cursor_shape
set_cursor_shape:
    mov [BDA_CURSOR_SHAPE], cx
    test byte ptr [BDA_VIDEO_CONTROL], 0x01
    jnz 1f
    cmp byte ptr [BDA_CHAR_HEIGHT], 16
    jb 1f
    cmp ch, 8
    jae 1f
    cmp cl, 8
    jae 1f
    add cl, cl
    add ch, ch
    jz 1f
    inc ch
1:  mov dx, [BDA_CRTC_PORT]
    mov al, 0x0A
    mov ah, ch
    out dx, ax
    mov al, 0x0B
    mov ah, cl
    out dx, ax
    ret

# 02h: BH = page, DX = cell.
.global video_set_cursor
video_set_cursor:
    mov bh, [bp + FRAME_BH]
.global set_cursor
set_cursor:
    pusha
    mov al, bh
    and bh, 7
    movzx bx, bh
    add bx, bx
    mov [bx + BDA_CURSOR], dx
    cmp al, [BDA_ACTIVE_PAGE]
    jne 1f
    movzx ax, dh
    mul byte ptr [BDA_COLUMNS]
    xor dh, dh
    add ax, dx
    mov cx, [BDA_PAGE_START]
    shr cx, 1
    add cx, ax
    mov al, 0x0E
    call crtc_address
1:  popa
    ret

# Writes CX to the register pair AL (high), AL + 1 (low).
crtc_address:
    mov dx, [BDA_CRTC_PORT]
    mov ah, ch
    out dx, ax
    inc al
    mov ah, cl
    out dx, ax
    ret

# 03h: BH = page -> DX = cell, CX = shape.
.global video_get_cursor
video_get_cursor:
    call get_cursor
    mov [bp + FRAME_DX], dx
    mov ax, [BDA_CURSOR_SHAPE]
    mov [bp + FRAME_CX], ax
    ret

# BH = page -> DX = its cursor.
.global get_cursor
get_cursor:
    push bx
    and bh, 7
    movzx bx, bh
    add bx, bx
    mov dx, [bx + BDA_CURSOR]
    pop bx
    ret

# 05h: AL = page to show.
.global video_set_page
video_set_page:
    cmp byte ptr [BDA_VIDEO_MODE], 0x13
    je 1f
    and al, 7
    mov [BDA_ACTIVE_PAGE], al
    movzx ax, al
    mul word ptr [BDA_PAGE_BYTES]
    mov [BDA_PAGE_START], ax
    mov cx, ax
    shr cx, 1
    mov al, 0x0C
    call crtc_address
    mov bh, [BDA_ACTIVE_PAGE]
    call get_cursor
    call set_cursor
1:  ret

# BH = page, DX = cell -> ES:DI = its place in video memory. Mode 13h: its top left pixel.
.global cell_address
cell_address:
    push ax
    push cx
    push dx
    movzx ax, dh
    movzx di, dl
    cmp byte ptr [BDA_VIDEO_MODE], 0x13
    je 2f
    mul byte ptr [BDA_COLUMNS]
    add di, ax
    add di, di
    movzx ax, bh
    mul word ptr [BDA_PAGE_BYTES]
    add di, ax
    mov ax, 0xB800
    cmp byte ptr [BDA_VIDEO_MODE], 7
    jne 1f
    mov ax, 0xB000
1:  mov es, ax
    pop dx
    pop cx
    pop ax
    ret
2:  imul ax, ax, 320 * 8
    shl di, 3
    add di, ax
    mov ax, 0xA000
    jmp 1b
