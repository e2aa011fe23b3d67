# INT 14h: both ports, and one that is not there. Sending is seen from outside only.

.include "harness.inc"

    mov ax, 0x00E3
    mov dx, 0
    int 0x14
    IS "COM1: ready to send", ax, 0x6000, 0x6000
    mov dx, 0x3FB
    in al, dx
    IS "COM1: 8N1", ax, 0x03, 0xFF
    or al, 0x80
    out dx, al
    mov dx, 0x3F8
    in al, dx
    mov ah, al
    mov dx, 0x3FB
    xchg al, ah
    mov bl, al
    mov al, 0x03
    out dx, al
    IS "COM1: divisor for 9600 baud", bx, 12, 0xFF
    mov ax, 0x005A              # 300 baud, even parity, 1 stop bit, 7 bits
    mov dx, 1
    int 0x14
    mov dx, 0x2FB
    in al, dx
    IS "COM2: 7E1", ax, 0x1A, 0xFF
    mov ax, 0x0141
    mov dx, 0
    int 0x14
    IS "send: no time-out, the character is kept", ax, 0x0041, 0x80FF
    mov dx, 0x3FC
    in al, dx
    IS "send: DTR and RTS", ax, 0x03, 0x03
    mov ax, 0x0300
    mov dx, 1
    int 0x14
    IS "status of COM2: no time-out", ax, 0, 0x8000
    mov ax, 0x0200
    mov dx, 1
    int 0x14
    IS "receive, nobody sends: time-out", ax, 0x8000, 0x8000
    mov ax, 0x0300
    mov dx, 2
    int 0x14
    IS "COM3: time-out", ax, 0x0300, 0xFF00
    TESTS_END
