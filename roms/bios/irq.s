# Hardware interrupts with no device service behind them, and the short ones of the second 8259A.
# A vector of IRQ 2-7 reached without its interrupt in service is spurious, or a processor exception.

.include "bios.inc"

# Vectors 0Ah, 0Bh, 0Eh, 0Fh. Ends what the master 8259A has in service: nothing, if IRQ 7 was spurious.
.global irq_master
irq_master:
    push ax
    call in_service
    test al, al
    jz 1f
    OUTB PIC1, PIC_EOI
1:  pop ax
    iret

# Vectors 0Ch and 0Dh: IRQ 4 and 5, or #SS and #GP.
.macro SHARED vector, bit
    push ax
    call in_service
    test al, \bit
    pop ax
    jnz irq_master
    push \vector
    jmp unhandled
.endm
.global int0c, int0d
int0c: SHARED 0x0C, 0x10
int0d: SHARED 0x0D, 0x20

# -> AL = in-service register of the master 8259A.
in_service:
    OUTB PIC1, PIC_READ_ISR
    in al, PIC1
    mov ah, al
    OUTB PIC1, PIC_READ_IRR     # as the 8259A is after reset
    mov al, ah
    ret

# IRQ 10, 11 and any other of the second 8259A.
.global irq_slave
irq_slave:
    push ax
eoi_both:
    OUTB PIC2, PIC_EOI
    OUTB PIC1, PIC_EOI
    pop ax
    iret

# IRQ 9: what an XT had at IRQ 2.
.global int71
int71:
    push ax
    OUTB PIC2, PIC_EOI
    pop ax
    int 0x0A
    iret

# IRQ 12: takes the mouse's byte and drops it.
.global int74
int74:
    push ax
    in al, KBC_STATUS
    test al, 0x20
    jz eoi_both
    in al, KBC_DATA
    jmp eoi_both

# IRQ 13, coprocessor error: clears it, then NMI as on the XT.
.global int75
int75:
    push ax
    xor al, al
    out 0xF0, al
    OUTB PIC2, PIC_EOI
    OUTB PIC1, PIC_EOI
    pop ax
    int 0x02
    iret

# IRQ 14 and 15, disks.
.global int76
int76:
    push ax
    push ds
    push BDA_SEGMENT
    pop ds
    mov byte ptr [BDA_DISK_INTERRUPT], 0xFF
    pop ds
    jmp eoi_both

.global int02
int02:                          # NMI: no parity checks here
    iret

# IRQ 8, clock. Periodic, 1024 Hz: counts down the wait INT 15h/83h started. Alarm: INT 4Ah.
.global int70
int70:
    pushad
    push ds
    push BDA_SEGMENT
    pop ds
    mov al, 0x0C                # reading register C allows the next interrupt
    call cmos_read
    mov bl, al
    mov al, 0x0B
    call cmos_read
    and bl, al
    test bl, 0x40
    jz 1f
    test byte ptr [BDA_WAIT_ACTIVE], 0x01
    jz 1f
    sub dword ptr [BDA_WAIT_COUNT], 976
    ja 1f
    call wait_end
1:  test bl, 0x20
    jz 2f
    sti
    int 0x4A
    cli
2:  OUTB PIC2, PIC_EOI
    OUTB PIC1, PIC_EOI
    pop ds
    popad
    iret

# Ends the wait: sets bit 7 of the caller's flag, stops the periodic interrupt. DS = BIOS data area.
wait_end:
    and byte ptr [BDA_WAIT_ACTIVE], 0xFE
    push ds
    lds si, [BDA_WAIT_FLAG]
    or byte ptr [si], 0x80
    pop ds
.global wait_stop
wait_stop:
    mov al, 0x0B
    call cmos_read
    and al, 0xBF
    mov ah, al
    mov al, 0x0B
    jmp cmos_write
