# INT 10h in text modes and mode 13h. The screen is read back from memory.

.include "harness.inc"

.equ TEXT, 0xB800

    mov ax, 0x0003
    int 0x10
    mov ax, TEXT
    mov es, ax
    IS "mode 3 clears: first cell", es:[0], 0x0720
    IS "mode 3 clears: last cell", es:[80*25*2-2], 0x0720
    mov ah, 0x0F
    int 0x10
    IS "0Fh: mode 3, 80 columns", ax, 0x5003
    IS "0Fh: page 0", bx, 0x0000, 0xFF00

# Cursor.
    mov ah, 0x02
    xor bh, bh
    mov dx, 0x050A
    int 0x10
    mov ah, 0x03
    mov bh, 0
    int 0x10
    IS "03h: where 02h put the cursor", dx, 0x050A
    mov al, 0x0E
    call crtc_read
    mov ah, al
    mov al, 0x0F
    call crtc_read
    IS "the CRTC's cursor", ax, 5*80+10
    mov ah, 0x01
    mov cx, 0x2000
    int 0x10
    mov al, 0x0A
    call crtc_read
    IS "01h: bit 5 hides the cursor", ax, 0x20, 0x20
    mov ah, 0x03
    int 0x10
    IS "03h: the shape", cx, 0x2000

# Cells.
    mov ax, 0x0958              # 3 times "X"
    mov bx, 0x001E
    mov cx, 3
    int 0x10
    IS "09h: first", es:[(5*80+10)*2], 0x1E58
    IS "09h: third", es:[(5*80+12)*2], 0x1E58
    IS "09h: no fourth", es:[(5*80+13)*2], 0x0720
    mov ax, 0x0A59
    mov bx, 0x004F
    mov cx, 1
    int 0x10
    IS "0Ah keeps the attribute", es:[(5*80+10)*2], 0x1E59
    mov ah, 0x08
    mov bh, 0
    int 0x10
    IS "08h", ax, 0x1E59
    mov ah, 0x03
    int 0x10
    IS "the cursor has not moved", dx, 0x050A

# Teletype.
    mov dx, 0x0000
    call locate_cursor
    mov si, offset words
1:  lodsb
    test al, al
    jz 2f
    call teletype
    jmp 1b
2:  IS "teletype: A", es:[0], 'A', 0xFF
    IS "teletype: BS and C over B", es:[2], 'C', 0xFF
    IS "teletype: LF keeps the column, D", es:[(80+2)*2], 'D', 0xFF
    IS "teletype: CR, E", es:[80*2], 'E', 0xFF
    call where
    IS "teletype: cursor", dx, 0x0101
    mov dx, 0x004F
    call locate_cursor
    mov al, 'Z'
    call teletype
    call where
    IS "teletype wraps", dx, 0x0100
    mov dx, 0x184F
    call locate_cursor
    mov byte ptr es:[(24*80+79)*2+1], 0x2F
    mov al, 'Q'
    call teletype
    call where
    IS "teletype scrolls at the end: cursor", dx, 0x1800
    IS "what was row 1 is row 0", es:[0], 'E', 0xFF
    IS "Q is on row 23", es:[(23*80+79)*2], 0x2F51
    IS "the new row", es:[24*80*2], 0x20, 0xFF
    mov dx, 0x0000
    call locate_cursor
    mov al, 0x08
    call teletype
    call where
    IS "BS at the left edge", dx, 0

# Scrolling windows.
    mov ax, 0x0003
    int 0x10
    mov byte ptr es:[(3*80+5)*2], '3'
    mov byte ptr es:[(4*80+5)*2], '4'
    mov byte ptr es:[(5*80+5)*2], '5'
    mov byte ptr es:[(4*80+9)*2], 'x'
    mov ax, 0x0601
    mov bh, 0x70
    mov cx, 0x0304
    mov dx, 0x0507
    int 0x10
    IS "06h: row 4 to row 3", es:[(3*80+5)*2], 0x0734
    IS "06h: row 5 to row 4", es:[(4*80+5)*2], 0x0735
    IS "06h: row 5 is blank", es:[(5*80+5)*2], 0x7020
    IS "06h: blank from its left edge", es:[(5*80+4)*2], 0x7020
    IS "06h: and no further", es:[(5*80+3)*2], 0x0720
    IS "06h: blank to its right edge", es:[(5*80+7)*2], 0x7020
    IS "06h: outside the window", es:[(4*80+9)*2], 'x', 0xFF
    mov ax, 0x0702
    mov bh, 0x17
    int 0x10
    IS "07h: row 3 to row 5", es:[(5*80+5)*2], 0x0734
    IS "07h: row 3 is blank", es:[(3*80+5)*2], 0x1720
    IS "07h: row 4 is blank", es:[(4*80+5)*2], 0x1720
    mov ax, 0x0600
    mov bh, 0x1F
    mov cx, 0x0000
    mov dx, 0xFFFF
    int 0x10
    IS "06h/00 blanks, clipped to the screen", es:[(24*80+79)*2], 0x1F20
    IS "06h/00: not beyond it", es:[25*80*2], 0x0720
    mov ax, 0x0719              # more rows than there are
    mov bh, 0x2F
    mov cx, 0x0A00
    mov dx, 0x0B4F
    int 0x10
    IS "07h of too many rows blanks", es:[(10*80)*2], 0x2F20
    IS "07h: the row above", es:[(9*80)*2], 0x1F20

# Pages.
    mov ax, 0x0501
    int 0x10
    mov ah, 0x0F
    int 0x10
    IS "05h: page 1", bx, 0x0100, 0xFF00
    mov al, 0x0C
    call crtc_read
    IS "05h: start address", ax, 0x08, 0xFF
    mov al, 'P'
    call teletype
    IS "teletype goes to the active page", es:[0x1000], 'P', 0xFF
    mov ax, 0x0500
    int 0x10

# Strings.
    push ds
    pop es
    mov ax, 0x1301
    mov bx, 0x002E
    mov cx, 4
    mov dx, 0x0203
    mov bp, offset string
    int 0x10
    mov ax, TEXT
    mov es, ax
    IS "13h: first", es:[(2*80+3)*2], 0x2E73
    IS "13h: CR is obeyed", es:[(2*80)*2], 0x2E74
    call where
    IS "13h/01: cursor after it", dx, 0x0201
    push ds
    pop es
    mov ax, 0x1302
    mov cx, 2
    mov dx, 0x0300
    mov bp, offset attributed
    int 0x10
    mov ax, TEXT
    mov es, ax
    IS "13h/02: attribute 1", es:[(3*80)*2], 0x4161
    IS "13h/02: attribute 2", es:[(3*80)*2+2], 0x4262
    call where
    IS "13h/02: cursor stays", dx, 0x0201

# Palette and adapter.
    mov ax, 0x1003
    mov bl, 0
    int 0x10
    mov ax, 0x1007
    mov bx, 0x0010
    int 0x10
    IS "1003h/0: blinking off", bx, 0x0000, 0x0800
    mov ax, 0x1003
    mov bl, 1
    int 0x10
    mov ax, 0x1007
    mov bx, 0x0010
    int 0x10
    IS "1003h/1: blinking on", bx, 0x0800, 0x0800
    mov ax, 0x1000
    mov bx, 0x3B02
    int 0x10
    mov ax, 0x1007
    mov bx, 0x0002
    int 0x10
    IS "1000h and 1007h", bx, 0x3B00, 0xFF00
    mov ax, 0x1010
    mov bx, 200
    mov dx, 0x1100
    mov cx, 0x2233
    int 0x10
    mov ax, 0x1015
    mov bx, 200
    xor cx, cx
    xor dx, dx
    int 0x10
    IS "1010h and 1015h: red", dx, 0x1100, 0xFF00
    IS "1010h and 1015h: green, blue", cx, 0x2233
    mov ax, 0x1A00
    int 0x10
    IS "1A00h", ax, 0x1A, 0xFF
    IS "1A00h: VGA, colour", bx, 0x0008
    mov ah, 0x12
    mov bl, 0x10
    int 0x10
    IS "12h/10: colour, 256 KiB", bx, 0x0003
    mov ax, 0x1130
    mov bx, 0x0300
    int 0x10
    IS "1130h: scan lines a character", cx, 16
    IS "1130h: last row", dx, 24, 0xFF
    IS "1130h: font at F000:FA6E", bp, 0xFA6E

    mov ax, 0x1130
    mov bx, 0x0600
    int 0x10
    mov ax, es
    IS "1130h/6: a font in the ROM", ax, 0xF000
    IS "1130h/6: 8x16, A's second row is doubled", es:[bp+'A'*16+2], 0x4444

# Other modes.
    mov ax, TEXT
    mov es, ax
    mov ax, 0x0001
    int 0x10
    mov ah, 0x0F
    int 0x10
    IS "mode 1: 40 columns", ax, 0x2801
    mov ax, 0x0099              # bit 7 set; there is no mode 19h
    int 0x10
    mov ah, 0x0F
    int 0x10
    IS "an unknown mode changes nothing", ax, 0x2801
    mov ax, 0x0083
    int 0x10
    IS "mode 83h keeps the screen", es:[(3*80)*2], 0x0720
    mov ax, 0x0013
    int 0x10
    mov ah, 0x0F
    int 0x10
    IS "mode 13h: 40 columns", ax, 0x2813
    mov al, 0x13
    call crtc_read
    IS "mode 13h: CRTC offset", ax, 0x28, 0xFF
    mov ax, 0x1015
    mov bx, 32
    int 0x10
    IS "mode 13h: colour 32 is blue, red", dx, 0x0000, 0xFF00
    IS "mode 13h: colour 32 is blue", cx, 0x003F
    mov ax, 0x1015
    mov bx, 40
    int 0x10
    IS "mode 13h: colour 40 is red, red", dx, 0x3F00, 0xFF00
    IS "mode 13h: colour 40 is red", cx, 0x0000
    mov ax, 0x1015
    mov bx, 6
    int 0x10
    IS "mode 13h: colour 6 is brown", cx, 0x1500
    mov ax, 0xA000
    mov es, ax
    IS "mode 13h clears: last pixels", es:[63998], 0
    mov dx, 0x0102
    call locate_cursor
    mov ax, 0x0E41
    mov bl, 0x05
    int 0x10
    IS "mode 13h: A, above its top", es:[8*320+16], 0x0000
    IS "mode 13h: A, its top", es:[8*320+18], 0x0505
    call where
    IS "mode 13h: the cursor moves on", dx, 0x0103
    mov dx, 0x0102
    call locate_cursor
    mov ax, 0x0A41
    mov bx, 0x0085
    mov cx, 1
    int 0x10
    IS "mode 13h: drawn again by exclusive or", es:[8*320+18], 0x0000
    mov word ptr es:[15*320+8], 0x0607
    mov ax, 0x0601
    mov bh, 0x09
    mov cx, 0x0001
    mov dx, 0x0102
    int 0x10
    IS "mode 13h: scrolled up 8 lines", es:[7*320+8], 0x0607
    IS "mode 13h: blank row", es:[15*320+22], 0x0909
    IS "mode 13h: beside the window", es:[15*320+24], 0x0000
    mov ax, 0x0003
    int 0x10
    mov ax, TEXT
    mov es, ax
    mov ax, 0x1112
    int 0x10
    IS "1112h: 50 rows", [0x484], 49, 0xFF
    IS "1112h: 8 lines a character", [0x485], 8
    IS "1112h: page size", [0x44C], 0x2000
    mov al, 0x09
    call crtc_read
    IS "1112h: the CRTC's cell height", ax, 7, 0x1F
    mov dx, 0x3100
    call locate_cursor
    mov al, 'L'
    call teletype
    IS "1112h: a character on row 49", es:[49*160], 'L', 0xFF
    mov al, '\n'
    call teletype
    IS "1112h: scrolls to row 48", es:[48*160], 'L', 0xFF
    mov ax, 0x0003
    int 0x10
    IS "mode 3 brings 25 rows back", [0x484], 24, 0xFF
    mov ax, 0x1015
    mov bx, 63
    int 0x10
    IS "mode 3: colour 63 is white", cx, 0x3F3F
    jmp end

crtc_read:                      # AL = register -> AL
    push dx
    mov dx, 0x3D4
    out dx, al
    inc dx
    in al, dx
    pop dx
    ret
locate_cursor:
    mov ah, 0x02
    xor bh, bh
    int 0x10
    ret
where:                          # -> DX
    mov ah, 0x03
    xor bh, bh
    int 0x10
    ret
teletype:
    mov ah, 0x0E
    mov bx, 0x0007
    int 0x10
    ret

words: .byte 'A', 'B', 8, 'C', '\n', 'D', '\r', 'E', 7, 0
string: .ascii "s0\rt"
attributed: .byte 'a', 0x41, 'b', 0x42
end:
    TESTS_END
