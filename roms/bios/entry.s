# The addresses programs know by heart: each fixed entry point jumps to where the service really is.
# Also the reset vector, the build date and the model byte, and the tables that have a fixed place.
# Source: IBM PC/AT Technical Reference, BIOS listing; configuration table: PS/2 and PC BIOS Interface.

.include "bios.inc"

.macro FIXED address, target
    .section .at.\address, "ax"
    jmp \target
.endm

FIXED E05B, post
FIXED E2C3, int02
FIXED E3FE, int13
FIXED E6F2, int19
FIXED E739, int14
FIXED E82E, int16
FIXED E987, int09
FIXED EC59, int13
FIXED EFD2, int17
FIXED F065, int10
FIXED F841, int12
FIXED F84D, int11
FIXED F859, int15
FIXED FE6E, int1a
FIXED FEA5, int08

.section .at.FF53, "ax"
.global int_ignore
int_ignore:
    iret

.section .at.FF54, "ax"
.global int05
int05:                          # print screen: there is no printer
    iret

.section .at.FFF0, "ax"
.global reset
reset:
    .byte 0xEA                  # jmp F000:E05B
    .word 0xE05B, BIOS_SEGMENT
    .ascii "01/01/26"
    .byte 0xFF
    .byte 0xFC                  # model: AT

# The configuration table, INT 15h/C0h.
.section .at.E6F2, "ax"
.global config_table
config_table:
    .word 8                     # bytes that follow
    .byte 0xFC, 0x00, 0x00      # model, submodel, revision
    .byte 0x74                  # second 8259A, RTC, keyboard intercept (4Fh), EBDA
    .byte 0x00, 0x00, 0x00, 0x00

.section .at.E729, "ax"
.global baud_divisors
baud_divisors:                  # 110, 150, 300, 600, 1200, 2400, 4800, 9600 baud: 115200 / baud
    .word 1047, 768, 384, 192, 96, 48, 24, 12

.section .at.EFC7, "ax"
.global floppy_table
floppy_table:                   # INT 1Eh: 1.44 MB
    .byte 0xAF, 0x02            # step rate, head times
    .byte 0x25                  # motor-off delay, ticks
    .byte 2                     # 512 bytes a sector
    .byte 18                    # sectors a track
    .byte 0x1B, 0xFF, 0x6C, 0xF6  # gap, data length, format gap, format fill
    .byte 0x0F, 0x08            # head settle ms, motor start 1/8 s
