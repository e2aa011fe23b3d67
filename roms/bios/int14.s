# INT 14h, serial ports: AH = 00 initialise, 01 send, 02 receive, 03 status; DX = port, 0 or 1.
# The line status comes back in AH, bit 7 = time-out. Not modelled: waiting for DSR and CTS; 04h, 05h.
# Source: IBM PC/AT Technical Reference; National PC16550D data sheet.

.include "bios.inc"

.equ UART_LCR, 3
.equ UART_MCR, 4
.equ UART_LSR, 5
.equ UART_MSR, 6

.global int14
int14:
    SERVICE
    sti
    mov bx, [bp + FRAME_DX]
    cmp bx, 4
    jae 1f
    mov cl, [bx + BDA_COM_TIMEOUT]
    add bx, bx
    mov dx, [bx + BDA_COM]
    test dx, dx
    jz 1f
    call 2f
1:  SERVICE_END
2:  DISPATCH functions, 4, no_function

functions:
    .word serial_init, serial_send, serial_receive, serial_status

no_function:
    mov byte ptr [bp + FRAME_AH], 0x80
    ret

serial_init:
    call uart_setup
serial_status:                  # -> AH = line status, AL = modem status
    add dx, UART_LSR
    in al, dx
    mov [bp + FRAME_AH], al
    inc dx
    in al, dx
    mov [bp + FRAME_AL], al
    ret

serial_send:
    add dx, UART_MCR
    OUTB dx, 0x03               # DTR, RTS
    inc dx
    mov bl, 0x20                # holding register empty
    call line_wait
    mov [bp + FRAME_AH], al
    jc 1f
    sub dx, UART_LSR
    mov al, [bp + FRAME_AL]
    out dx, al
1:  ret

serial_receive:
    add dx, UART_MCR
    OUTB dx, 0x03
    inc dx
    mov bl, 0x01                # data ready
    call line_wait
    and al, 0x9E                # the errors, and time-out
    mov [bp + FRAME_AH], al
    jc 1f
    sub dx, UART_LSR
    in al, dx
    mov [bp + FRAME_AL], al
1:  ret

# Waits until a bit of BL is set in the line status at DX, at most CL seconds -> AL = line status, its bit 7
# and CF set on time-out.
line_wait:
    movzx ecx, cl
    imul ecx, ecx, 66288        # refresh toggles
    inc ecx
1:  in al, dx
    and al, 0x7F
    test al, bl
    jnz 2f
    call refresh_poll
    jnz 1b
    or al, 0x80
    stc
2:  ret

# AL = parameters: bits 7-5 baud, 4-3 parity, 2 stop bits, 1-0 word length; DX = UART. Interrupts off.
.global uart_setup
uart_setup:
    push ax
    push bx
    push dx
    mov bl, al
    shr al, 5
    cbw
    add dx, UART_LCR
    push ax
    OUTB dx, 0x80               # divisor latch
    sub dx, UART_LCR
    pop ax
    mov bh, 0
    xchg ax, bx
    add bx, bx
    push ax
    mov ax, cs:[bx + baud_divisors]
    out dx, al
    inc dx
    mov al, ah
    out dx, al
    pop ax
    add dx, UART_LCR - 1
    and al, 0x1F
    out dx, al
    sub dx, UART_LCR - 1        # interrupt enable
    OUTB dx, 0x00
    pop dx
    pop bx
    pop ax
    ret
