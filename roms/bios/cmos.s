# Access to the MC146818: the clock's registers and the CMOS memory behind ports 70h and 71h.
# Interrupts are held off between index and data; bit 7 of the index stays 0, so NMI stays enabled.

.include "bios.inc"

# AL = register -> AL = its value.
.global cmos_read
cmos_read:
    pushf
    cli
    out CMOS_INDEX, al
    in al, CMOS_DATA
    popf
    ret

# AL = register, AH = value.
.global cmos_write
cmos_write:
    pushf
    cli
    out CMOS_INDEX, al
    xchg al, ah
    out CMOS_DATA, al
    xchg al, ah
    popf
    ret

# AL = first of two registers -> AX = their word.
.global cmos_read_word
cmos_read_word:
    push bx
    mov bl, al
    inc al
    call cmos_read
    mov ah, al
    mov al, bl
    call cmos_read
    pop bx
    ret

# AL = register holding two BCD digits -> EAX = their number.
.global cmos_read_bcd
cmos_read_bcd:
    push bx
    call cmos_read
    mov bl, al
    and bl, 0x0F
    shr al, 4
    mov ah, 10
    mul ah
    add al, bl
    movzx eax, al
    pop bx
    ret
