# INT 19h, bootstrap: loads sector 0 of the floppy, or else of disk 80h, to 0000:7C00 and jumps there with the
# drive in DL, all other registers 0, the stack below 7C00h. A boot sector ends in 55AAh.

.include "bios.inc"

.global int19
int19:
    xor ax, ax
    mov ss, ax
    mov sp, BOOT_ADDRESS
    cld
    sti
    xor dl, dl
    call boot_drive
    mov dl, 0x80
    call boot_drive
    int 0x18

# Returns only if drive DL cannot be booted.
boot_drive:
    xor ax, ax
    mov es, ax
    mov bx, BOOT_ADDRESS
    mov ax, 0x0201
    mov cx, 0x0001
    xor dh, dh
    int 0x13
    jc 1f
    cmp word ptr es:[BOOT_ADDRESS + 510], 0xAA55
    jne 1f
    push 0
    pop ds
    movzx edx, dl
    xor eax, eax
    xor ebx, ebx
    xor ecx, ecx
    xor esi, esi
    xor edi, edi
    xor ebp, ebp
    mov sp, BOOT_ADDRESS
    .byte 0xEA
    .word BOOT_ADDRESS, 0
1:  ret
