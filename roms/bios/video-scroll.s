# INT 10h/06h and 07h: scrolls a window of the active page; new rows are blank.

.include "bios.inc"

# AL = rows (0: blank the window), BH = attribute of blank rows, CX = top left cell, DX = bottom right cell.
.global video_scroll_up
video_scroll_up:
    mov bl, bh
    mov bh, [BDA_ACTIVE_PAGE]
.global scroll_up
scroll_up:                      # the same, BL = attribute, BH = page
    call clip
    jc 3f
    mov ah, ch                  # the row to fill next
1:  push ax
    add al, ah                  # the row it comes from
    jc 2f
    cmp al, ah
    je 2f
    cmp al, dh
    ja 2f
    call copy_row
    jmp 4f
2:  call blank_row
4:  pop ax
    inc ah
    cmp ah, dh
    jbe 1b
3:  ret

.global video_scroll_down
video_scroll_down:
    mov bl, bh
    mov bh, [BDA_ACTIVE_PAGE]
    call clip
    jc 3f
    mov ah, dh
1:  push ax
    neg al
    add al, ah                  # the row it comes from
    cmp al, ah                  # nothing to move, or wrapped below row 0
    jae 2f
    cmp al, ch
    jb 2f
    call copy_row
    jmp 4f
2:  call blank_row
4:  pop ax
    dec ah
    cmp ah, ch
    jl 3f
    jmp 1b
3:  ret

# Keeps the window DX on the screen. CF set if nothing is left of it.
clip:
    cmp dh, [BDA_ROWS_LAST]
    jbe 1f
    mov dh, [BDA_ROWS_LAST]
1:  cmp dl, [BDA_COLUMNS]
    jb 2f
    mov dl, [BDA_COLUMNS]
    dec dl
2:  cmp dl, cl
    jb 3f
    cmp dh, ch
3:  ret

# Copies columns CL to DL of row AL to row AH, page BH.
copy_row:
    pusha
    push ds
    xchg cl, dl
    mov dh, al
    call cell_address
    mov si, di
    mov dh, ah
    call cell_address
    call row_width
    cmp byte ptr [BDA_VIDEO_MODE], 0x13
    push es
    pop ds
    je 1f
    rep movsw
    jmp 2f
1:  mov bx, 8
3:  mov ax, cx
    rep movsd
    mov cx, ax
    shl ax, 2
    add si, 320
    add di, 320
    sub si, ax
    sub di, ax
    dec bx
    jnz 3b
2:  pop ds
    popa
    ret

# Blanks columns CL to DL of row AH, page BH, with attribute BL; in mode 13h with colour BL.
blank_row:
    pusha
    xchg cl, dl
    mov dh, ah
    call cell_address
    call row_width
    mov ah, bl
    cmp byte ptr [BDA_VIDEO_MODE], 0x13
    je 1f
    mov al, ' '
    rep stosw
    popa
    ret
1:  movzx eax, bl
    imul eax, eax, 0x01010101
    mov bx, 8
2:  push cx
    push di
    rep stosd
    pop di
    pop cx
    add di, 320
    dec bx
    jnz 2b
    popa
    ret

# DL = left, CL = right -> CX = words of a row in text, dwords of a scan line in mode 13h.
row_width:
    sub cl, dl
    inc cl
    movzx cx, cl
    cmp byte ptr [BDA_VIDEO_MODE], 0x13
    jne 1f
    add cx, cx
1:  ret
