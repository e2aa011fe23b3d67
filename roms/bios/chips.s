# Programs the system board's chips: the 8259A pair, the 8254, the 8042, the 16550 ports, the MC146818.
# Sources: Intel 8259A, 8254 and 8042 data sheets; IBM PC/AT Technical Reference for the vectors and bits.

.include "bios.inc"

# IRQ 0-7 at vectors 08h-0Fh, IRQ 8-15 at 70h-77h. Open: timer, keyboard, cascade; clock, mouse, disks.
.global init_pics
init_pics:
    OUTB PIC1, 0x11             # ICW1: edge triggered, cascade, ICW4 follows
    OUTB PIC1+1, 0x08         # ICW2: first vector
    OUTB PIC1+1, 0x04         # ICW3: the second 8259A is on IR2
    OUTB PIC1+1, 0x01         # ICW4: 8086 mode
    OUTB PIC2, 0x11
    OUTB PIC2+1, 0x70
    OUTB PIC2+1, 0x02         # ICW3: cascade identity 2
    OUTB PIC2+1, 0x01
    OUTB PIC1+1, 0xB8         # masks
    OUTB PIC2+1, 0x8E
    ret

# Channel 0: square wave, divisor 65536, 18.2 Hz.
.global init_pit
init_pit:
    OUTB PIT_CONTROL, 0x36      # channel 0, low byte then high byte, mode 3, binary
    xor al, al
    out PIT_CHANNEL0, al
    out PIT_CHANNEL0, al
    OUTB PIT_CONTROL, 0x54      # channel 1: memory refresh, low byte, mode 2
    OUTB PIT_CONTROL-2, 18
    ret

# Self test, then: IRQ 1 on, system flag, mouse off, translation to scan code set 1.
.global init_keyboard
init_keyboard:
    mov al, 0xAA
    call kbc_command
    call kbc_read               # 55h when well; a board without an 8042 answers nothing
    mov al, 0x60
    call kbc_command
    mov al, 0x65
    call kbc_write
    mov al, 0xAE                # enable the keyboard
    jmp kbc_command

# Each waits for the controller a bounded number of polls, and goes on regardless. AH, CX: used.
kbc_command:
    call kbc_wait_input
    out KBC_STATUS, al
    ret
.global kbc_write
kbc_write:
    call kbc_wait_input
    out KBC_DATA, al
    ret
kbc_wait_input:
    mov ah, al
    xor cx, cx
1:  in al, KBC_STATUS
    test al, 0x02
    loopnz 1b
    mov al, ah
    ret
kbc_read:
    xor cx, cx
1:  in al, KBC_STATUS
    test al, 0x01
    loopz 1b
    in al, KBC_DATA
    ret

# Finds the UARTs by a register that keeps what is written to it; sets them to 9600 8N1.
.global init_serial
init_serial:
    push BDA_SEGMENT
    pop ds
    mov si, BDA_COM
    xor bx, bx                  # bits 9-11 of the equipment word: count
    mov dx, 0x3F8
    call probe_uart
    mov dx, 0x2F8
    call probe_uart
    and word ptr [BDA_EQUIPMENT], 0xF1FF
    or [BDA_EQUIPMENT], bx
    ret

probe_uart:
    add dx, 7                   # scratch register
    OUTB dx, 0x5A
    in al, dx
    cmp al, 0x5A
    jne 1f
    OUTB dx, 0xA5
    in al, dx
    cmp al, 0xA5
    jne 1f
    sub dx, 7
    mov [si], dx
    add si, 2
    add bx, 0x0200
    mov al, 0xE3                # 9600 baud, no parity, 1 stop bit, 8 bits
    jmp uart_setup
1:  ret

# The tick count since midnight follows from the RTC's time of day.
.global init_clock
init_clock:
    mov ax, 0x260A              # divider on, 1024 Hz
    call cmos_write
    mov ax, 0x020B              # 24 hours, BCD, no interrupts
    call cmos_write
    mov al, 0x0C                # drop what is pending
    call cmos_read
    mov al, 0x04
    call cmos_read_bcd
    imul ecx, eax, 60
    mov al, 0x02
    call cmos_read_bcd
    add eax, ecx
    imul ecx, eax, 60
    mov al, 0x00
    call cmos_read_bcd
    add eax, ecx                # seconds since midnight
    mov edx, 1193182
    mul edx
    shrd eax, edx, 16
    push BDA_SEGMENT
    pop ds
    mov [BDA_TICKS], eax
    ret
