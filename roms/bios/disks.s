# Finds the disks at power-on, gives each a geometry, and says which ATA device is which INT 13h drive.
# CMOS 3Fh = n > 0 makes ATA device n - 1 the floppy drive 00h; the other disks are 80h, 81h, ... in order.

.include "bios.inc"

.global init_disks
init_disks:
    push BDA_SEGMENT
    pop ds
    mov fs, [BDA_EBDA]
    mov bx, EBDA_DISKS
    mov si, offset devices
1:  mov ax, cs:[si]
    mov fs:[bx + DISK_PORT], ax
    mov al, cs:[si + 2]
    mov fs:[bx + DISK_SELECT], al
    call init_disk
    add bx, DISK_BYTES
    add si, 3
    cmp si, offset devices_end
    jb 1b

    mov dword ptr fs:[EBDA_DRIVES], -1
    mov byte ptr fs:[EBDA_DRIVES + 4], -1
    mov al, CMOS_FLOPPY_DISK
    call cmos_read
    dec al
    mov dl, al                  # FFh: no floppy
    mov di, EBDA_DRIVES + 1
    mov bx, EBDA_DISKS
    xor cx, cx                  # CL = device
2:  test byte ptr fs:[bx + DISK_FLAGS], DISK_PRESENT
    jz 4f
    cmp cl, dl
    je 3f
    mov fs:[di], cl
    inc di
    inc byte ptr [BDA_DISK_COUNT]
    jmp 4f
3:  mov fs:[EBDA_DRIVES], cl
    or byte ptr [BDA_EQUIPMENT], 0x01
    call floppy_geometry
4:  add bx, DISK_BYTES
    inc cx
    cmp cl, 4
    jb 2b
    mov di, EBDA_FDPT
    xor si, si
    mov dl, 0x80
    call fixed_disk_table
    mov dl, 0x81

# Fills the fixed-disk parameter table of drive DL at EBDA:DI and points INT 41h or 46h (DL = 81h) to it.
fixed_disk_table:
    call find_disk
    jc 1f
    mov ax, fs:[bx + DISK_CYLINDERS]
    mov fs:[di], ax
    mov al, fs:[bx + DISK_HEADS]
    mov fs:[di + 2], al
    mov word ptr fs:[di + 5], -1            # write precompensation: none
    mov byte ptr fs:[di + 8], 0xC0          # control byte: no retries; heads > 8 in bit 3
    mov ax, fs:[bx + DISK_CYLINDERS]
    mov fs:[di + 12], ax                    # landing zone
    mov al, fs:[bx + DISK_TRACK]
    mov fs:[di + 14], al
    push 0
    pop es
    mov si, 0x41 * 4
    test dl, 1
    jz 2f
    mov si, 0x46 * 4
2:  mov es:[si], di
    mov es:[si + 2], fs
    add di, 16
1:  ret

# DL = drive -> FS:BX = its record; CF set if there is none. DS = BIOS data area.
.global find_disk
find_disk:
    mov fs, [BDA_EBDA]
    movzx bx, dl
    test dl, dl
    jz 1f
    sub bl, 0x7F                # 80h-83h: entries 1-4
    jb 2f
    cmp bl, 4
    ja 2f
1:  movzx bx, byte ptr fs:[bx + EBDA_DRIVES]
    cmp bl, 4
    jae 2f
    shl bx, 4
    add bx, EBDA_DISKS
    ret
2:  stc
    ret

# FS:BX = record with port and selection: asks the device what it is. 0000:7C00 serves as buffer.
init_disk:
    push 0
    pop es
    mov di, BOOT_ADDRESS
    call ata_identify
    jc 9f
    mov ax, es:[di + 1 * 2]
    mov fs:[bx + DISK_ATA_CYLINDERS], ax
    movzx ecx, byte ptr es:[di + 3 * 2]
    test cl, cl
    jnz 1f
    mov cl, 16
1:  mov fs:[bx + DISK_ATA_HEADS], cl
    movzx edx, byte ptr es:[di + 6 * 2]
    test dl, dl
    jnz 2f
    mov dl, 63
2:  mov fs:[bx + DISK_ATA_TRACK], dl
    mov byte ptr fs:[bx + DISK_FLAGS], DISK_PRESENT
    imul ecx, edx
    test byte ptr es:[di + 49 * 2 + 1], 0x02
    jz 3f
    mov byte ptr fs:[bx + DISK_FLAGS], DISK_PRESENT | DISK_LBA
    mov eax, es:[di + 60 * 2]
    jmp 4f
3:  movzx eax, ax
    mul ecx
4:  mov fs:[bx + DISK_SECTORS], eax

# The geometry INT 13h shows: the device's own if it has at most 1024 cylinders of at most 63 sectors; else
# 63 sectors and the fewest heads of 16, 32, 64, 128, 255 that bring the cylinders to 1024 (LBA assist).
    mov ch, fs:[bx + DISK_ATA_HEADS]
    mov cl, fs:[bx + DISK_ATA_TRACK]
    cmp cl, 63
    ja 5f
    call cylinders
    cmp eax, 1024
    jbe 7f
5:  mov cx, 16 << 8 | 63
6:  call cylinders
    cmp eax, 1024
    jbe 7f
    cmp ch, 255
    je 7f
    shl ch, 1
    jnc 6b
    mov ch, 255
    jmp 6b
7:  cmp eax, 1024
    jbe 8f
    mov eax, 1024
8:  mov fs:[bx + DISK_CYLINDERS], ax
    mov fs:[bx + DISK_HEADS], ch
    mov fs:[bx + DISK_TRACK], cl
9:  ret

# CH heads and CL sectors -> EAX = whole cylinders of the disk, at least 1.
cylinders:
    push ecx
    push edx
    mov eax, fs:[bx + DISK_SECTORS]
    movzx edx, ch
    movzx ecx, cl
    imul ecx, edx
    xor edx, edx
    div ecx
    cmp eax, 1
    adc eax, 0
    pop edx
    pop ecx
    ret

# The floppy at FS:BX: the format of exactly its size; else the one of the drive type in CMOS 10h; else 1.44 MB.
floppy_geometry:
    push ax
    push si
    mov si, offset floppies
1:  movzx eax, word ptr cs:[si]
    cmp eax, fs:[bx + DISK_SECTORS]
    je 3f
    add si, 5
    cmp si, offset floppies_end
    jb 1b
    mov al, CMOS_FLOPPY_TYPE
    call cmos_read
    shr al, 4
    cmp al, 5
    jbe 2f
    mov al, 4
2:  movzx si, al
    add si, si
    mov si, cs:[si + floppy_types]
3:  movzx ax, byte ptr cs:[si + 2]
    mov fs:[bx + DISK_CYLINDERS], ax
    mov ax, cs:[si + 3]
    mov fs:[bx + DISK_HEADS], ax            # and sectors a track
    pop si
    pop ax
    ret

devices:
    .word 0x1F0
    .byte 0xA0
    .word 0x1F0
    .byte 0xB0
    .word 0x170
    .byte 0xA0
    .word 0x170
    .byte 0xB0
devices_end:

.macro FLOPPY cylinders, heads, track
    .word \cylinders * \heads * \track
    .byte \cylinders, \heads, \track
.endm
floppies:
    FLOPPY 40, 1, 8
    FLOPPY 40, 1, 9
    FLOPPY 40, 2, 8
floppy_360:
    FLOPPY 40, 2, 9
floppy_720:
    FLOPPY 80, 2, 9
floppy_1200:
    FLOPPY 80, 2, 15
floppy_1440:
    FLOPPY 80, 2, 18
floppy_2880:
    FLOPPY 80, 2, 36
floppies_end:
floppy_types:                   # by the drive type in CMOS
    .word floppy_1440, floppy_360, floppy_1200, floppy_720, floppy_1440, floppy_2880
