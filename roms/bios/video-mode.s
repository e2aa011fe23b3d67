# INT 10h/00h: programs every VGA register for a mode, fills the BIOS data area and clears the screen.
# AL bit 7 keeps the contents of video memory. A mode we do not have leaves everything as it is.
# Register values: IBM PS/2 Hardware Interface Technical Reference, video subsystem, mode tables.

.include "bios.inc"

.equ MODE_NUMBER, 0             # a mode record
.equ MODE_COLUMNS, 1
.equ MODE_HEIGHT, 2             # scan lines a character
.equ MODE_CGA, 3                # 40:65
.equ MODE_PAGE_BYTES, 4
.equ MODE_SEGMENT, 6
.equ MODE_CRTC, 8               # 3B4h or 3D4h
.equ MODE_REGISTERS, 10         # its register values, as in video-tables.s
.equ MODE_BYTES, 12
.equ REGS_MISC, 0
.equ REGS_SEQUENCER, 1          # 1-4
.equ REGS_CRTC, 5               # 0-18h
.equ REGS_GRAPHICS, 30          # 0-8
.equ REGS_ATTRIBUTE, 39         # 0-14h

.global video_set_mode
video_set_mode:
    mov bl, al
    and al, 0x7F
    mov si, offset modes
1:  cmp al, cs:[si + MODE_NUMBER]
    je 2f
    add si, MODE_BYTES
    cmp si, offset modes_end
    jb 1b
    ret
2:  push bx
    call set_mode_data
    call program_registers
    call load_dac
    pop bx
    test bl, 0x80
    jnz 3f
    call clear_screen
3:  mov cx, 0x0607
    call set_cursor_shape
    mov al, 0x30                # what a VGA leaves in AL: 30h for text, 20h for modes above 7
    cmp byte ptr [BDA_VIDEO_MODE], 7
    jbe 4f
    mov al, 0x20
4:  mov [bp + FRAME_AL], al
    ret

# DS = BIOS data area, CS:SI = mode record, BL bit 7 = memory kept.
set_mode_data:
    mov al, cs:[si + MODE_NUMBER]
    mov [BDA_VIDEO_MODE], al
    movzx ax, byte ptr cs:[si + MODE_COLUMNS]
    mov [BDA_COLUMNS], ax
    mov ax, cs:[si + MODE_PAGE_BYTES]
    mov [BDA_PAGE_BYTES], ax
    mov ax, cs:[si + MODE_CRTC]
    mov [BDA_CRTC_PORT], ax
    mov al, cs:[si + MODE_CGA]
    mov [BDA_CRT_MODE_SET], al
    mov byte ptr [BDA_CRT_PALETTE], 0x30
    movzx ax, byte ptr cs:[si + MODE_HEIGHT]
    mov [BDA_CHAR_HEIGHT], ax
    mov byte ptr [BDA_ROWS_LAST], 24
    and bl, 0x80
    or bl, 0x60
    mov [BDA_VIDEO_CONTROL], bl
    mov byte ptr [BDA_VIDEO_SWITCHES], 0xF9
    mov byte ptr [BDA_VIDEO_FLAGS], 0x51
    mov byte ptr [BDA_DCC_INDEX], 0x08
    xor ax, ax
    mov [BDA_PAGE_START], ax
    mov [BDA_ACTIVE_PAGE], al
    push ds
    pop es
    mov di, BDA_CURSOR
    mov cx, 8
    rep stosw
    ret

program_registers:
    push si
    mov bx, cs:[si + MODE_CRTC]
    mov si, cs:[si + MODE_REGISTERS]
    mov al, cs:[si + REGS_MISC]
    mov dx, 0x3C2
    out dx, al
    push si
    mov dx, 0x3C4
    mov ax, 0x0100              # hold the sequencer in reset meanwhile
    out dx, ax
    mov cx, 0x0401
    add si, REGS_SEQUENCER
    call indexed_registers
    mov ax, 0x0300
    out dx, ax
    mov dx, bx
    mov ax, 0x0011              # unlock CRTC registers 0-7
    out dx, ax
    mov cx, 0x1900
    call indexed_registers      # the sections of a table follow each other
    mov dx, 0x3CE
    mov cx, 0x0900
    call indexed_registers
    lea dx, [bx + 6]            # status register: reading it makes the next 3C0h write an index
    in al, dx
    mov dx, 0x3C0
    xor ah, ah
1:  mov al, ah
    out dx, al
    mov al, cs:[si]
    inc si
    out dx, al
    inc ah
    cmp ah, 0x15
    jb 1b
    mov al, 0x20                # give the palette back to the display
    out dx, al
    mov al, 0xFF
    mov dx, 0x3C6               # DAC mask
    out dx, al
    pop si
    pop si
    ret

# Writes CH registers from index CL on, values at CS:SI, to the index/data pair at DX.
indexed_registers:
    mov al, cl
    mov ah, cs:[si]
    out dx, ax
    inc si
    inc cl
    dec ch
    jnz indexed_registers
    ret

# Blanks the whole of the mode's memory: spaces, light grey on black; or colour 0.
clear_screen:
    mov es, cs:[si + MODE_SEGMENT]
    xor di, di
    mov eax, 0x07200720
    mov cx, 0x8000 / 4
    cmp byte ptr cs:[si + MODE_NUMBER], 0x13
    jne 1f
    xor eax, eax
    mov cx, 320 * 200 / 4
1:  rep stosd
    ret

.macro MODE number, columns, height, cga, page_bytes, segment, crtc, registers
    .byte \number, \columns, \height, \cga
    .word \page_bytes, \segment, \crtc, \registers
.endm

modes:
    MODE 0x03, 80, 16, 0x29, 0x1000, 0xB800, 0x3D4, registers_text80
    MODE 0x02, 80, 16, 0x2D, 0x1000, 0xB800, 0x3D4, registers_text80
    MODE 0x01, 40, 16, 0x28, 0x0800, 0xB800, 0x3D4, registers_text40
    MODE 0x00, 40, 16, 0x2C, 0x0800, 0xB800, 0x3D4, registers_text40
    MODE 0x07, 80, 16, 0x29, 0x1000, 0xB000, 0x3B4, registers_mono
    MODE 0x13, 40,  8, 0x0E, 0xFA00, 0xA000, 0x3D4, registers_13h
modes_end:
