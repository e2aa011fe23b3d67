# INT 15h/87h: copies CX words between any two places in memory, through protected mode. ES:SI is a table of six
# descriptors: null, this table, source, destination, BIOS code, stack. The caller fills in source and
# destination; 24-bit bases, or 32-bit ones as 386 BIOSes take them. Interrupts stay off meanwhile.
# A descriptor that would fault answers AH = 02h, CF set: nothing has been moved. Otherwise A20 is kept.

.include "bios.inc"

.equ SELECTOR_TABLE, 0x08
.equ SELECTOR_SOURCE, 0x10
.equ SELECTOR_DESTINATION, 0x18
.equ SELECTOR_CODE, 0x20
.equ SELECTOR_STACK, 0x28

.global block_move
block_move:
    mov es, [bp + FRAME_ES]
    mov si, [bp + FRAME_SI]
    mov cx, [bp + FRAME_CX]
    cmp cx, 0x8000
    ja 9f
    test cx, cx
    jz 8f
    lea bx, [si + SELECTOR_SOURCE]
    mov ah, 0x90                # present, data
    call check_descriptor
    jc 9f
    lea bx, [si + SELECTOR_DESTINATION]
    mov ah, 0x92                # and writable
    call check_descriptor
    jc 9f

    mov eax, es                 # the table's own descriptor, from which GDTR is loaded
    movzx eax, ax
    shl eax, 4
    movzx edx, si
    add eax, edx
    mov word ptr es:[si + SELECTOR_TABLE], 0x2F
    mov es:[si + SELECTOR_TABLE + 2], eax
    mov dword ptr es:[si + SELECTOR_CODE], 0x0000FFFF
    mov dword ptr es:[si + SELECTOR_CODE + 4], 0x00009B0F
    mov dword ptr es:[si + SELECTOR_STACK], 0x0000FFFF
    mov dword ptr es:[si + SELECTOR_STACK + 4], 0x00009300

    cli
    in al, PORT_A
    push ax
    and al, 0xFE
    or al, 0x02
    out PORT_A, al
    sub sp, 6
    mov di, sp
    sgdt ss:[di]                # the caller may have one
    lgdt es:[si + SELECTOR_TABLE]
    mov byte ptr es:[si + SELECTOR_TABLE + 5], 0x93
    mov eax, cr0
    or al, 0x01
    mov cr0, eax
    .byte 0xEA                  # jmp SELECTOR_CODE:1f
    .word 1f, SELECTOR_CODE
1:  mov ax, SELECTOR_SOURCE
    mov ds, ax
    mov ax, SELECTOR_DESTINATION
    mov es, ax
    push di
    xor si, si
    xor di, di
    rep movsw
    pop di
    mov ax, SELECTOR_STACK      # 64-KiB limits again before real mode
    mov ds, ax
    mov es, ax
    mov eax, cr0
    and al, 0xFE
    mov cr0, eax
    .byte 0xEA
    .word 2f, BIOS_SEGMENT
2:  lgdt ss:[di]
    add sp, 6
    pop ax
    and al, 0xFE
    out PORT_A, al
    push BDA_SEGMENT
    pop ds
8:  or byte ptr [bp + FRAME_FLAGS], ZERO
    jmp int15_ok
9:  mov byte ptr [bp + FRAME_AH], 0x02
    and byte ptr [bp + FRAME_FLAGS], ~ZERO & 0xFF
    SET_CARRY
    SERVICE_END

# ES:BX = descriptor, AH = access bits it must have, CX = words. CF set if it does not allow the copy.
check_descriptor:
    mov al, es:[bx + 5]
    and al, 0x98                # present, code or data, executable
    cmp al, 0x90
    jne 1f
    mov al, es:[bx + 5]
    test al, 0x04               # expand-down
    jnz 1f
    and al, ah
    cmp al, ah
    jne 1f
    test byte ptr es:[bx + 6], 0x8F         # a limit beyond 64 KiB is enough for any count
    jnz 2f
    movzx eax, cx
    add eax, eax
    dec eax
    movzx edx, word ptr es:[bx]
    cmp edx, eax
    ret
2:  clc
    ret
1:  stc
    ret
