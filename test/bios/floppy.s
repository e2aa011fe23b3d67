# The floppy convention: CMOS 3Fh = 1 makes ATA device 0 floppy drive 00h. This image, booted as a disk, sets
# that and resets the machine by CMOS and keyboard controller; booted again, as a floppy, it tests INT 13h.

.include "harness.inc"

.equ BUFFER, 0xC000

    cmp byte ptr [boot_drive], 0
    je floppy
    mov ax, 0x013F
    call cmos_write
    mov ax, 0x4010              # drive type 4: 1.44 MB
    call cmos_write
    .byte 0xEA
    .word 0xFFF0, 0xF000

cmos_write:                     # AL = register, AH = value
    out 0x70, al
    mov al, ah
    out 0x71, al
    ret

floppy:
    mov ax, 0x003F              # the next reset boots the disk again
    call cmos_write
    int 0x11
    IS "equipment: a floppy", ax, 1, 0xC1
    IS "no hard disk", [0x475], 0, 0xFF
    mov ah, 0x08
    mov dl, 0
    int 0x13
    CARRY_IS "parameters", 0
    IS "type 4", bx, 4, 0xFF
    IS "80 cylinders, 18 sectors", cx, 0x4F12
    IS "two heads, one drive", dx, 0x0101
    mov ax, es
    IS "parameter table, segment", ax, 0xF000
    IS "parameter table, offset", di, 0xEFC7
    push ds
    pop es
    mov ax, 0x0201
    mov bx, BUFFER
    mov cx, 0x0001
    mov dx, 0x0100
    int 0x13
    CARRY_IS "read head 1", 0
    mov ax, [BUFFER]
    IS "head 1, sector 1 is sector 18", [0x7C00+18*512], ax
    mov ax, 0x0201
    mov cx, 0x0013
    mov dx, 0x0000
    int 0x13
    IS "sector 19 of 18: bad parameter", ax, 0x0100, 0xFF00
    mov ax, 0x0201
    mov cx, 0x0001
    mov dx, 0x0080
    int 0x13
    CARRY_IS "there is no disk 80h", 1
    mov ah, 0x15
    mov dl, 0
    int 0x13
    IS "15h: floppy without change line", ax, 0x0100, 0xFF00
    mov ah, 0x16
    mov dl, 0
    int 0x13
    CARRY_IS "16h: not changed", 0
    mov ah, 0x41
    mov bx, 0x55AA
    mov dl, 0
    int 0x13
    CARRY_IS "no extensions for floppies", 1
    jmp end
    .org 512 * 18
    .ascii "sector eighteen"
end:
    TESTS_END
