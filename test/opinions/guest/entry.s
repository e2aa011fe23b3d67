# Where the harness begins (0000:8000), where it comes back to after a shutdown has reset the machine (0000:8010, by CMOS 0Fh = 0Ah and the
# address in 40:67), and the tables it lives with while no case runs.

.intel_syntax noprefix
.section .entry, "ax"
.code16
.globl _start
_start:
    jmp begin
    .org 0x10
begin:
    cli
    xor ax, ax
    mov ds, ax
    in al, 0x92                 # A20
    or al, 2
    and al, 0xFE
    out 0x92, al
    lgdt [harness_gdtr]
    lidt [harness_idtr]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp 0x08:protected
.code32
protected:
    mov ax, 0x10
    mov ds, ax
    mov es, ax
    mov fs, ax
    mov gs, ax
    mov ss, ax
    mov esp, offset stack_top
    and byte ptr [harness_tss_access], 0xFD
    mov ax, 0x28
    ltr ax
    cld
    call harness
1:  hlt
    jmp 1b

# Vector n of a case leads to here: at 8200h + 8 n, or, in real mode, at 8600h + 8 n. 40h is for tasks that take the place of a handler.
    .org 0x200
.set n, 0
.rept 0x80
    .balign 8
    push n
    jmp recorder
    .set n, n + 1
.endr
.code16
    .org 0x600
.set n, 0
.rept 0x80
    .balign 8
    push n
    jmp real_recorder
    .set n, n + 1
.endr

.text
.code32
# While the recorder reads debug registers that DR7.GD guards, the first access comes here with GD clear, and is done again.
again:
    iretd

.data
.balign 8
.globl harness_gdtr, harness_idtr, harness_tss_access
harness_gdt:
    .quad 0
    .quad 0x00CF9B000000FFFF    # 08h code, 10h data: flat
    .quad 0x00CF93000000FFFF
    .quad 0x00009B000000FFFF    # 18h code, 20h data: as in real mode
    .quad 0x000093000000FFFF
    .word 0x67, harness_tss     # 28h a TSS that nothing switches to
    .byte 0
harness_tss_access:
    .byte 0x89, 0, 0
harness_gdtr:
    .word . - harness_gdt - 1
    .long harness_gdt
.balign 8
harness_idt:
    .quad 0
    .word again, 0x08, 0x8E00, 0
harness_idtr:
    .word . - harness_idt - 1
    .long harness_idt

.balign 128
harness_tss:
    .skip 0x68

.bss
.balign 16
    .skip 4096
.globl stack_top
stack_top:
