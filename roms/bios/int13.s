# INT 13h, disks: 00h the floppy, 80h-83h hard disks. AH selects; AH answers the status, CF is set unless 0.
# Cylinder in CH and CL bits 7-6, sector (from 1) in CL bits 5-0, head in DH. Functions 41h-48h: int13-edd.s.
# Not modelled: formatting (05h), change lines, the sector buffer (0Eh, 0Fh).
# Sources: IBM PC/AT Technical Reference; Phoenix, Enhanced Disk Drive Specification 1.1.

.include "bios.inc"

.global int13
int13:
    SERVICE
    sti
    push fs
    mov dx, [bp + FRAME_DX]
    mov ah, [bp + FRAME_AH]
    cmp ah, 0x01
    je disk_last_status
    call find_disk
    jc no_drive
    sub ah, 0x41
    cmp ah, 0x08
    jb edd
    add ah, 0x41
    DISPATCH functions, 0x17, disk_invalid
edd:
    test dl, dl                 # extensions are for hard disks
    jns disk_invalid
    DISPATCH edd_functions, 0x08, disk_invalid

functions:
    .word disk_ok, disk_last_status, disk_read, disk_write                  # 00
    .word disk_verify, disk_invalid, disk_invalid, disk_invalid             # 04
    .word disk_parameters, disk_ok, disk_invalid, disk_invalid              # 08
    .word disk_seek, disk_ok, disk_invalid, disk_invalid                    # 0C
    .word disk_ok, disk_ok, disk_invalid, disk_invalid                      # 10
    .word disk_ok, disk_type, disk_changed                                  # 14
edd_functions:
    .word edd_present, edd_read, edd_write, edd_verify                      # 41
    .word disk_invalid, disk_invalid, disk_ok, edd_parameters               # 45

# An absent drive: 15h answers "none"; all else is an error.
no_drive:
    cmp ah, 0x15
    jne disk_invalid
    xor ah, ah
    jmp disk_return_value
.global disk_invalid, disk_ok, disk_return, disk_return_value
disk_invalid:
    mov ah, 0x01
    jmp disk_return
disk_ok:
    xor ah, ah
# Ends the call with status AH, which function 01h will tell again.
disk_return:
    mov si, BDA_FLOPPY_STATUS
    test byte ptr [bp + FRAME_DL], 0x80
    jz 1f
    mov si, BDA_DISK_STATUS
1:  mov [si], ah
disk_return_flag:
    test ah, ah
    jz disk_return_value
    mov [bp + FRAME_AH], ah
    SET_CARRY
    jmp 2f
disk_return_value:
    mov [bp + FRAME_AH], ah
    CLEAR_CARRY
2:  pop fs
    SERVICE_END

disk_last_status:
    mov ah, [BDA_FLOPPY_STATUS]
    test dl, dl
    jns disk_return_flag
    mov ah, [BDA_DISK_STATUS]
    jmp disk_return_flag

disk_read:
    mov ch, 0x20
    jmp 1f
disk_write:
    mov ch, 0x30
    jmp 1f
disk_verify:
    mov ch, 0x40
1:  mov cl, [bp + FRAME_AL]
    cmp cl, 1
    jb disk_invalid
    cmp cl, 128                 # 64 KiB, the most a call may move
    ja disk_invalid
    call sector_number
    jc disk_return
    mov es, [bp + FRAME_ES]
    mov di, [bp + FRAME_BX]
    call ata_transfer
    sub [bp + FRAME_AL], cl     # AL = sectors moved
    jmp disk_return

disk_seek:
    mov cl, 1
    call sector_number
    jc disk_return
    jmp disk_ok

# The caller's cylinder, head and sector, CL = count (1 for a seek) -> ESI = sector; CF and AH = status if the
# disk does not have them all.
sector_number:
    push cx
    push dx
    mov cx, [bp + FRAME_CX]
    mov dx, [bp + FRAME_DX]
    movzx edi, cl
    and di, 0x3F
    dec di                      # sector 0 becomes FFFFh
    movzx ax, byte ptr fs:[bx + DISK_TRACK]
    cmp di, ax
    jae 2f
    cmp dh, fs:[bx + DISK_HEADS]
    jae 2f
    xchg cl, ch
    shr ch, 6                   # CX = cylinder
    movzx esi, byte ptr fs:[bx + DISK_HEADS]
    movzx ecx, cx
    imul esi, ecx
    movzx edx, dh
    add esi, edx
    movzx eax, ax
    imul esi, eax
    add esi, edi
    pop dx
    pop cx
    movzx eax, cl
.global check_range
check_range:                    # ESI = first, EAX = count -> CF, AH
    add eax, esi
    jc 1f
    dec eax
    cmp eax, fs:[bx + DISK_SECTORS]
    jae 1f
    cmp eax, 1 << 28            # LBA28
    jae 1f
    clc
    ret
2:  pop dx
    pop cx
    mov ah, 0x01
    stc
    ret
1:  mov ah, 0x04                # sector not found
    stc
    ret

# 08h -> CH, CL = last cylinder and sector, DH = last head, DL = drives of the kind; floppy: BL = type, ES:DI.
disk_parameters:
    mov ax, fs:[bx + DISK_CYLINDERS]
    dec ax
    xchg al, ah
    shl al, 6
    or al, fs:[bx + DISK_TRACK]
    mov [bp + FRAME_CX], ax
    mov dh, fs:[bx + DISK_HEADS]
    dec dh
    test dl, dl
    mov dl, [BDA_DISK_COUNT]
    js 1f
    mov al, CMOS_FLOPPY_TYPE
    call cmos_read
    shr al, 4
    xor ah, ah
    mov [bp + FRAME_BX], ax
    push 0
    pop es
    mov ax, es:[0x1E * 4]
    mov [bp + FRAME_DI], ax
    mov ax, es:[0x1E * 4 + 2]
    mov [bp + FRAME_ES], ax
    mov dl, 1
1:  mov [bp + FRAME_DX], dx
    mov byte ptr [bp + FRAME_AL], 0
    jmp disk_ok

# 15h -> AH = 1: floppy without change line; 3: hard disk, CX:DX = sectors by its INT 13h geometry.
disk_type:
    mov ah, 1
    test dl, dl
    jns disk_return_value
    movzx eax, word ptr fs:[bx + DISK_CYLINDERS]
    movzx ecx, byte ptr fs:[bx + DISK_HEADS]
    mul ecx
    movzx ecx, byte ptr fs:[bx + DISK_TRACK]
    mul ecx
    cmp eax, fs:[bx + DISK_SECTORS]
    jbe 1f
    mov eax, fs:[bx + DISK_SECTORS]         # less than a cylinder
1:  mov [bp + FRAME_DX], ax
    shr eax, 16
    mov [bp + FRAME_CX], ax
    mov ah, 3
    jmp disk_return_value

disk_changed:                   # 16h: never
    test dl, dl
    js disk_invalid
    jmp disk_ok
