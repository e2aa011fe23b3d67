# Power-on self test: from the reset vector to the boot sector. No memory test and no delays; each step writes
# its number to port 80h before it begins:
#   01 registers and stack   02 A20, interrupt controllers   03 timer   04 vectors   05 BIOS data
#   06 video   07 keyboard   08 serial ports   09 clock   0A disks   0B boot
# CMOS byte 0Fh says whether a reset was meant as a way back from protected mode (05h, 0Ah): then the
# program that asked gets the processor again at the address it left in 40:67.
# Not modelled: the other codes of CMOS 0Fh, which boot.

.include "bios.inc"

.global post
post:
    cli
    cld
    mov al, CMOS_SHUTDOWN
    out CMOS_INDEX, al
    in al, CMOS_DATA
    mov bl, al
    mov al, CMOS_SHUTDOWN
    out CMOS_INDEX, al
    xor al, al                  # the next reset is an ordinary one
    out CMOS_DATA, al
    cmp bl, 0x05
    je resume
    cmp bl, 0x0A
    je resume

    POST_CODE 0x01
    xor ax, ax
    mov ss, ax
    mov sp, BOOT_ADDRESS
    POST_CODE 0x02
    in al, PORT_A
    and al, 0xFE                # bit 0 would reset us
    or al, 0x02
    out PORT_A, al
    call init_pics
    POST_CODE 0x03
    call init_pit
    POST_CODE 0x04
    call init_vectors
    POST_CODE 0x05
    call init_bda
    POST_CODE 0x06
    mov ax, 0x0003
    int 0x10
    POST_CODE 0x07
    call init_keyboard
    POST_CODE 0x08
    call init_serial
    POST_CODE 0x09
    call init_clock
    POST_CODE 0x0A
    call init_disks
    call banner
    POST_CODE 0x0B
    sti
    int 0x19

# The board's reset line resets the chips too, so the interrupt controllers and the timer begin anew.
resume:
    xor ax, ax
    mov ss, ax
    mov sp, 0x0400              # a few words at the end of the vectors
    call init_pics
    call init_pit
    mov ax, BDA_SEGMENT
    mov ds, ax
    jmp dword ptr [BDA_RESET_ENTRY]

# "real86 BIOS, N KiB": on the screen only, so that the console tap carries nothing but the guest's own output.
banner:
    push BDA_SEGMENT
    pop ds
    mov si, offset banner_name
    call screen_string
    call extended_64kib         # AX = 64-KiB units above 1 MiB
    movzx eax, ax
    shl eax, 6
    add eax, 1024
    call screen_decimal
    mov si, offset banner_unit
    jmp screen_string

# Writes the string at CS:SI, ended by 0, to the screen; not to the console tap. DS is the BIOS data area.
screen_string:
    mov al, cs:[si]
    inc si
    test al, al
    jz 1f
    call screen_teletype
    jmp screen_string
1:  ret

# Writes EAX to the screen in decimal.
screen_decimal:
    xor edx, edx
    mov ecx, 10
    div ecx
    push dx
    test eax, eax
    jz 1f
    call screen_decimal
1:  pop ax
    add al, '0'
    jmp screen_teletype

banner_name: .asciz "real86 BIOS, "
banner_unit: .asciz " KiB\r\n\n"
