# Processor exceptions nobody handles. Going back to the instruction would only repeat it for ever, so the
# machine says what happened and where, on the screen and the console tap, and stops.
# Vectors 08h-0Fh are shared with IRQ 0-7: irq.s comes here when no interrupt is in service.

.include "bios.inc"

.macro EXCEPTION vector
    push \vector
    jmp unhandled
.endm

.global int00, int06, int07
int00: EXCEPTION 0x00
int06: EXCEPTION 0x06
int07: EXCEPTION 0x07

# Stack: vector, IP, CS, FLAGS.
.global unhandled
unhandled:
    mov bp, sp
    mov si, offset text_begin
    call say
    mov si, offset names
1:  mov al, cs:[si]             # vector, name; the last one fits any vector
    inc si
    cmp al, [bp]
    je 3f
    cmp al, 0xFF
    je 3f
2:  inc si
    cmp byte ptr cs:[si - 1], 0
    jne 2b
    jmp 1b
3:  call say
    mov si, offset text_vector
    call say
    mov ax, [bp]
    call say_byte
    mov si, offset text_at
    call say
    mov ax, [bp + 4]
    call say_word
    mov al, ':'
    call say_char
    mov ax, [bp + 2]
    call say_word
    mov si, offset text_end
    call say
    cli
4:  hlt
    jmp 4b

say:                            # CS:SI
    mov al, cs:[si]
    inc si
    test al, al
    jz 1f
    call say_char
    jmp say
1:  ret

say_word:                       # AX in hexadecimal
    push ax
    mov al, ah
    call say_byte
    pop ax
say_byte:
    push ax
    shr al, 4
    call say_digit
    pop ax
    and al, 0x0F
say_digit:
    cmp al, 10
    sbb al, 0x69                # 0-9 -> 96h-9Fh, 10-15 -> A1h-A6h; DAS makes them ASCII
    das
say_char:
    mov ah, 0x0E
    mov bx, 0x0007
    int 0x10
    ret

text_begin:  .asciz "\r\n"
text_vector: .asciz " (exception "
text_at:     .asciz "h) at "
text_end:    .asciz ", not handled: stopped\r\n"
names:
    .byte 0x00
    .asciz "Divide error"
    .byte 0x06
    .asciz "Invalid opcode"
    .byte 0x07
    .asciz "No coprocessor"
    .byte 0x0C
    .asciz "Stack fault"
    .byte 0x0D
    .asciz "General protection fault"
    .byte 0xFF
    .asciz "Fault"
