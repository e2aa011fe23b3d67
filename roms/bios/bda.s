# Fills the interrupt vector table and the BIOS data areas at power-on.

.include "bios.inc"

# Vectors 00h-1Fh and 70h-77h from the table; 40h-4Ah the few that have a meaning; all others: IRET.
.global init_vectors
init_vectors:
    xor di, di
    mov es, di
    mov eax, BIOS_SEGMENT << 16
    mov ax, offset int_ignore
    mov cx, 256
    rep stosd
    mov si, offset vectors_00
    xor di, di
    mov cx, 0x20
    call set_vectors
    mov si, offset vectors_70
    mov di, 0x70 * 4
    mov cx, 8
    call set_vectors
    mov word ptr es:[0x40 * 4], offset int13
    mov word ptr es:[0x43 * 4], offset font_8x8
    ret

set_vectors:
    mov ax, cs:[si]
    add si, 2
    stosw
    add di, 2
    loop set_vectors
    ret

vectors_00:
    .word int00, int_ignore, int02, int_ignore, int_ignore, int05, int06, int07
    .word int08, int09, irq_master, irq_master, int0c, int0d, irq_master, irq_master
    .word int10, int11, int12, int13, int14, int15, int16, int17
    .word int18, int19, int1a, int_ignore, int_ignore, 0, floppy_table, font_8x8_high
vectors_70:
    .word int70, int71, irq_slave, irq_slave, int74, int75, int76, int76

# The data area keeps one thing over a reset: the word at 40:72, by which a program asks for a warm boot.
.global init_bda
init_bda:
    push BDA_SEGMENT
    pop es
    push BDA_SEGMENT
    pop ds
    push word ptr [BDA_RESET_FLAG]
    xor di, di
    xor ax, ax
    mov cx, 0x80
    rep stosw
    pop word ptr [BDA_RESET_FLAG]
    mov word ptr [BDA_EBDA], EBDA_SEGMENT
    mov word ptr [BDA_EQUIPMENT], 0x0020    # bit 5: 80-column colour text
    mov al, CMOS_BASE_KIB
    call cmos_read_word
    cmp ax, 639
    jbe 1f
    mov ax, 639                 # the EBDA takes the last KiB
1:  mov [BDA_MEMORY_KIB], ax
    mov word ptr [BDA_KB_HEAD], BDA_KB_BUFFER
    mov word ptr [BDA_KB_TAIL], BDA_KB_BUFFER
    mov word ptr [BDA_KB_START], BDA_KB_BUFFER
    mov word ptr [BDA_KB_END], BDA_KB_BUFFER + 32
    mov byte ptr [BDA_KB_MODE], 0x10
    mov dword ptr [BDA_LPT_TIMEOUT], 0x14141414
    mov dword ptr [BDA_COM_TIMEOUT], 0x01010101
    push EBDA_SEGMENT
    pop es
    xor di, di
    xor ax, ax
    mov cx, 0x80
    rep stosw
    mov byte ptr es:[EBDA_KIB], 1
    ret
