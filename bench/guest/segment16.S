/*
 * `segment16`: 16-bit code as DOS programs have it, in protected mode. Its code, data and stack segments have bases and
 * limits of 64 KiB (segment16.c). Each round turns 4,096 words of DS into words of ES and sums them, by string instructions,
 * indexed addresses and near calls.
 */
        .set    KERNEL_DATA, 0x10
        .set    CODE16, 0x30
        .set    SOURCE16, 0x38
        .set    TARGET16, 0x40
        .set    STACK16, 0x48

        /* u32 segment16_run(u32 count) */
        .text
        .globl  segment16_run
segment16_run:
        pushl   %ebx
        pushl   %esi
        pushl   %edi
        pushl   %ebp
        movl    20(%esp), %ecx
        movl    %esp, flat_esp
        movl    $SOURCE16, %eax
        movl    $TARGET16, %edx
        movl    $STACK16, %ebx
        movl    %ebx, %ss
        movl    $0xfff0, %esp
        movl    %eax, %ds
        movl    %edx, %es
        xorl    %edx, %edx
        jecxz   2f
1:      pushl   %ecx
        lcall   $CODE16, $round - code16_begin
        popl    %ecx
        decl    %ecx
        jnz     1b
2:      movl    $KERNEL_DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movl    flat_esp, %esp
        movl    %edx, %eax
        popl    %ebp
        popl    %edi
        popl    %esi
        popl    %ebx
        ret

        .section .code16, "ax"
        .code16
        .globl  code16_begin
code16_begin:
        /* EDX: the sum so far. Returns to 32-bit code. */
round:
        xorw    %si, %si
        xorw    %di, %di
        movw    $4096, %cx
1:      lodsw
        call    turn
        stosw
        movw    %cx, %bx
        addw    %bx, %bx
        movw    -2(%bx,%si), %ax
        xorb    %ah, %es:-2(%di)
        addw    %ax, %dx
        roll    $3, %edx
        loop    1b
        movw    %dx, (%si)              /* the next round begins with other data */
        lretl

turn:
        pushw   %cx
        movw    %ax, %cx
        andw    $7, %cx
        rolw    %cl, %ax
        xorw    $0x5a5a, %ax
        jns     1f
        negw    %ax
1:      popw    %cx
        ret

        .code32
        .section .bss
        .balign 4
flat_esp:
        .skip   4
