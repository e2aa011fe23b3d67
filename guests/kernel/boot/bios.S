/*
 * void bios(u8 vector, struct bios_registers *r): calls a BIOS service from C in real mode. The registers are loaded
 * from *r, INT vector is executed, and they are stored back with FLAGS. The order is that of struct bios_registers.
 */
        .code16
        .text
        .globl bios
bios:
        pushal
        movb    36(%esp), %al
        movb    %al, vector
        movl    40(%esp), %ebp
        movl    0(%ebp), %eax
        movl    4(%ebp), %ebx
        movl    8(%ebp), %ecx
        movl    12(%ebp), %edx
        movl    16(%ebp), %esi
        movl    20(%ebp), %edi
        movw    24(%ebp), %es
        pushl   %ebp
        .byte   0xcd                    /* INT imm8, its operand written above; a jump would not be needed: the prefetch */
vector: .byte   0                       /* queue of every processor we run on notices the store */
        popl    %ebp
        pushfl
        popl    28(%ebp)
        movw    %es, 24(%ebp)
        movl    %eax, 0(%ebp)
        movl    %ebx, 4(%ebp)
        movl    %ecx, 8(%ebp)
        movl    %edx, 12(%ebp)
        movl    %esi, 16(%ebp)
        movl    %edi, 20(%ebp)
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        cld
        popal
        retl
