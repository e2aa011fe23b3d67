# Processor exceptions nobody handles: the BIOS says so by teletype and stops. INT 10h is watched to see it, and
# left for good at the last line feed.

.include "harness.inc"

.equ SAID, 0xC000

    mov word ptr [0x10 * 4], offset watch
    mov word ptr [0x10 * 4 + 2], 0

    mov word ptr [resume], offset 1f
    xor cl, cl
    div cl
1:  IS "divide error", [SAID+2], ('i'<<8)+'D'
    IS "divide error: the vector", [SAID+26], ('0'<<8)+'0'
    IS "divide error: the segment", [SAID+34], ('0'<<8)+'0'

    mov word ptr [resume], offset 1f
    ud2
1:  IS "invalid opcode", [SAID+2], ('n'<<8)+'I'

    mov word ptr [resume], offset 1f
    lidt short_table            # INT 60h is beyond the limit
    int 0x60
1:  lidt full_table
    IS "general protection fault", [SAID+2], ('e'<<8)+'G'

    mov word ptr [resume], offset 1f
    mov eax, cr0
    or al, 0x04                 # EM: no coprocessor
    mov cr0, eax
    .byte 0xD9, 0xD0            # fnop
1:  mov eax, cr0
    and al, 0xFB
    mov cr0, eax
    IS "no coprocessor", [SAID+2], ('o'<<8)+'N'
    jmp end

# Collects what is said; goes on at [resume] after the second line feed.
watch:
    push di
    mov di, cs:[said]
    mov cs:[di + SAID], al
    inc word ptr cs:[said]
    pop di
    cmp al, '\n'
    jne 1f
    cmp word ptr cs:[said], 2
    ja 2f
1:  iret
2:  xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7C00
    mov word ptr [said], 0
    sti
    jmp [resume]

said: .word 0
resume: .word 0
short_table: .word 0x17F
    .long 0
full_table: .word 0x3FF
    .long 0
end:
    TESTS_END
