# Sector 0: reads the harness, the 64 sectors after this one, to 0000:8000, and enters it in 32-bit protected mode. DL is the boot drive.
# INT 13h AH=42h alone (EDD-1.1).

.intel_syntax noprefix
.code16
.globl _start
_start:
    jmp 0:1f
1:  xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7C00
    sti
    mov ah, 0x42
    mov si, offset first
    int 0x13
    jc failed
    mov ah, 0x42
    mov si, offset second
    int 0x13
    jc failed
    jmp 0:0x8000
failed:
    mov ax, 0x0E21              # "!"
    mov bx, 7
    int 0x10
1:  hlt
    jmp 1b
    .balign 4
first:
    .byte 16, 0
    .word 32, 0x8000, 0
    .long 1, 0
second:
    .byte 16, 0
    .word 32, 0xC000, 0
    .long 33, 0
    .org 510
    .word 0xAA55
