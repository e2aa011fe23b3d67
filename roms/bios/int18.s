# INT 18h, nothing to boot: says so and stops.

.include "bios.inc"

.global int18
int18:
    mov si, offset no_disk
1:  mov al, cs:[si]
    inc si
    test al, al
    jz 2f
    mov ah, 0x0E
    mov bx, 0x0007
    int 0x10
    jmp 1b
2:  cli
3:  hlt
    jmp 3b

no_disk: .asciz "No bootable disk\r\n"
