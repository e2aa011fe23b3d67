# INT 13h/41h-48h: addressing by sector number, hard disks only. DS:SI is the caller's packet:
#   +0 size (10h or more)  +2 word: sectors  +4 far pointer: buffer  +8 qword: first sector
# Source: Phoenix, Enhanced Disk Drive Specification 1.1. Not modelled: locking, ejecting, 64-bit buffers.

.include "bios.inc"

.global edd_present
edd_present:                    # 41h: BX = 55AAh -> AA55h; version 1.1; subsets: packet access, EDD
    cmp word ptr [bp + FRAME_BX], 0x55AA
    jne disk_invalid
    mov word ptr [bp + FRAME_BX], 0xAA55
    mov word ptr [bp + FRAME_CX], 0x0005
    mov ah, 0x21
    jmp disk_return_value

.global edd_read, edd_write, edd_verify
edd_read:
    mov ch, 0x20
    jmp edd_transfer
edd_write:
    cmp byte ptr [bp + FRAME_AL], 1         # 2: with verify, which no drive here does by itself
    ja disk_invalid
    mov ch, 0x30
    jmp edd_transfer
edd_verify:
    mov ch, 0x40
edd_transfer:
    mov si, [bp + FRAME_SI]
    mov ds, [bp + FRAME_DS]
    cmp byte ptr [si], 0x10
    jb 1f
    movzx eax, word ptr [si + 2]
    dec ax
    cmp ax, 127
    jae 1f
    inc ax
    mov cl, al
    mov word ptr [si + 2], 0    # sectors moved, should we fail before any
    cmp dword ptr [si + 12], 0
    jne 2f
    les di, [si + 4]
    mov esi, [si + 8]
    call check_range
    jc 3f
    mov al, cl
    call ata_transfer
    sub al, cl
    xor dx, dx
    mov dl, al
    mov si, [bp + FRAME_SI]
    mov [si + 2], dx
3:  push BDA_SEGMENT
    pop ds
    jmp disk_return
2:  mov ah, 0x04
    jmp 3b
1:  mov ah, 0x01
    jmp 3b

# 48h: DS:SI = buffer of at least 1Ah bytes, its size in the first word.
.global edd_parameters
edd_parameters:
    mov di, [bp + FRAME_SI]
    mov es, [bp + FRAME_DS]
    cmp word ptr es:[di], 0x1A
    jb disk_invalid
    mov word ptr es:[di], 0x1A
    mov word ptr es:[di + 2], 0x0002        # the geometry is valid
    movzx eax, word ptr fs:[bx + DISK_ATA_CYLINDERS]
    mov es:[di + 4], eax
    movzx eax, byte ptr fs:[bx + DISK_ATA_HEADS]
    mov es:[di + 8], eax
    movzx eax, byte ptr fs:[bx + DISK_ATA_TRACK]
    mov es:[di + 12], eax
    mov eax, fs:[bx + DISK_SECTORS]
    mov es:[di + 16], eax
    mov dword ptr es:[di + 20], 0
    mov word ptr es:[di + 24], 512
    jmp disk_ok
