# INT 1Ah: 00-01 the tick count; 02-07 the real-time clock, BCD. Source: IBM PC/AT Technical Reference.
# CF set: the clock does not run, or there is no such function.

.include "bios.inc"

.equ RTC_SECONDS, 0x00
.equ RTC_MINUTES, 0x02
.equ RTC_HOURS, 0x04
.equ RTC_DAY, 0x07
.equ RTC_MONTH, 0x08
.equ RTC_YEAR, 0x09
.equ RTC_A, 0x0A
.equ RTC_B, 0x0B
.equ RTC_CENTURY, 0x32

.global int1a
int1a:
    SERVICE
    CLEAR_CARRY
    call 1f
    SERVICE_END
1:  DISPATCH functions, 8, fail

functions:
    .word get_ticks, set_ticks, get_time, set_time, get_date, set_date, set_alarm, cancel_alarm

fail:
    SET_CARRY
    ret

get_ticks:                      # -> CX:DX = ticks, AL = midnight passed since last asked
    cli
    mov eax, [BDA_TICKS]
    mov [bp + FRAME_DX], ax
    shr eax, 16
    mov [bp + FRAME_CX], ax
    xor ax, ax
    xchg al, [BDA_MIDNIGHT]
    mov [bp + FRAME_AX], ax
    ret

set_ticks:                      # CX:DX
    cli
    mov [BDA_TICKS], dx
    mov [BDA_TICKS + 2], cx
    mov byte ptr [BDA_MIDNIGHT], 0
    ret

# Waits out an update of the clock, 2 ms at most; on time-out fails the call.
settle:
    mov ecx, 200                # refresh toggles: 3 ms
1:  mov al, RTC_A
    call cmos_read
    test al, al
    jns 2f
    call refresh_poll
    jnz 1b
    pop ax                      # our caller's work is over
    jmp fail
2:  ret

# A register to a byte of the frame, and back.
.macro TO_FRAME register, field
    mov al, \register
    call cmos_read
    mov [bp + \field], al
.endm
.macro FROM_FRAME register, field
    mov ah, [bp + \field]
    mov al, \register
    call cmos_write
.endm

get_time:                       # -> CH, CL, DH = hours, minutes, seconds; DL = daylight saving
    call settle
    TO_FRAME RTC_HOURS, FRAME_CH
    TO_FRAME RTC_MINUTES, FRAME_CL
    TO_FRAME RTC_SECONDS, FRAME_DH
    mov al, RTC_B
    call cmos_read
    and al, 0x01
    mov [bp + FRAME_DL], al
    ret

set_time:
    call halt_updates
    FROM_FRAME RTC_HOURS, FRAME_CH
    FROM_FRAME RTC_MINUTES, FRAME_CL
    FROM_FRAME RTC_SECONDS, FRAME_DH
    and bh, 0xFE
    mov al, [bp + FRAME_DL]
    and al, 0x01
    or bh, al
    jmp resume_updates

get_date:                       # -> CH, CL, DH, DL = century, year, month, day
    call settle
    TO_FRAME RTC_CENTURY, FRAME_CH
    TO_FRAME RTC_YEAR, FRAME_CL
    TO_FRAME RTC_MONTH, FRAME_DH
    TO_FRAME RTC_DAY, FRAME_DL
    ret

set_date:
    call halt_updates
    FROM_FRAME RTC_CENTURY, FRAME_CH
    FROM_FRAME RTC_YEAR, FRAME_CL
    FROM_FRAME RTC_MONTH, FRAME_DH
    FROM_FRAME RTC_DAY, FRAME_DL

# Sets register B to BH, updates running.
resume_updates:
    mov ah, bh
    and ah, 0x7F
    mov al, RTC_B
    jmp cmos_write

# Holds the clock still while it is set -> BH = register B.
halt_updates:
    mov al, RTC_B
    call cmos_read
    mov bh, al
    mov ah, al
    or ah, 0x80
    mov al, RTC_B
    jmp cmos_write

set_alarm:                      # 06h: INT 4Ah at CH, CL, DH. CF set if one is already set
    mov al, RTC_B
    call cmos_read
    test al, 0x20
    jnz fail
    mov bh, al
    or bh, 0x20
    FROM_FRAME RTC_HOURS+1, FRAME_CH
    FROM_FRAME RTC_MINUTES+1, FRAME_CL
    FROM_FRAME RTC_SECONDS+1, FRAME_DH
    in al, PIC2 + 1
    and al, 0xFE                # open IRQ 8
    out PIC2 + 1, al
    jmp resume_updates

cancel_alarm:
    mov al, RTC_B
    call cmos_read
    and al, 0xDF
    mov bh, al
    jmp resume_updates
