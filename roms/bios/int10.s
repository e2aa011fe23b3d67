# INT 10h, video services: text modes 0-3 and 7, graphics mode 13h. AH selects the function.
# Teletype (0Eh) also writes each character to port 402h, the host's console tap.
# Not modelled: light pen, modes 4-6 and 0Dh-12h, pixels, VBE.

.include "bios.inc"

.global int10
int10:
    SERVICE
    call 1f
    SERVICE_END
1:  DISPATCH functions, 0x1B, no_function

functions:
    .word video_set_mode, video_cursor_shape, video_set_cursor, video_get_cursor     # 00
    .word no_function, video_set_page, video_scroll_up, video_scroll_down            # 04
    .word video_read_cell, video_write_cells, video_write_chars, video_background    # 08
    .word no_function, no_function, video_teletype, video_get_mode                   # 0C
    .word video_palette, video_font, video_select, video_write_string                # 10
    .word no_function, no_function, no_function, no_function                         # 14
    .word no_function, no_function, video_display_code                               # 18

no_function:
    ret

# 0Fh -> AL = mode, AH = columns, BH = active page.
video_get_mode:
    mov al, [BDA_VIDEO_MODE]
    mov ah, [BDA_COLUMNS]
    mov [bp + FRAME_AX], ax
    mov al, [BDA_ACTIVE_PAGE]
    mov [bp + FRAME_BH], al
    ret

# 1A00h -> AL = 1Ah, BX = 0008h: a VGA with a colour monitor, no second display.
video_display_code:
    mov byte ptr [bp + FRAME_AL], 0x1A
    cmp al, 0
    jne 1f
    mov word ptr [bp + FRAME_BX], 0x0008
1:  ret

# 12h, BL = 10h: -> BX = colour, 256 KiB; CX = switches. 34h: cursor emulation by AL (0 on, 1 off).
# 30h-33h, 35h-36h are accepted and change nothing.
video_select:
    cmp bl, 0x10
    je 1f
    sub bl, 0x30
    cmp bl, 0x06
    ja 2f
    mov byte ptr [bp + FRAME_AL], 0x12
    cmp bl, 0x04
    jne 2f
    and al, 1
    and byte ptr [BDA_VIDEO_CONTROL], 0xFE
    or [BDA_VIDEO_CONTROL], al
    ret
1:  mov word ptr [bp + FRAME_BX], 0x0003
    mov word ptr [bp + FRAME_CX], 0x0009
2:  ret
