/*
 * First instruction of the kernel, called by boot/paging.c as entry(physical address of struct boot_info), with paging
 * on and the low identity mapping still there. Takes its own stack, clears .bss, goes on in C.
 */
        .section .text.entry, "ax"
        .globl entry
entry:
        movl    4(%esp), %esi           /* the old stack is below 1 MiB, still mapped at its physical address */
        movl    $kernel_stack_top, %esp
        movl    $bss_start, %edi
        movl    $kernel_end, %ecx
        subl    %edi, %ecx
        shrl    $2, %ecx
        xorl    %eax, %eax
        cld
        rep stosl
        xorl    %ebp, %ebp              /* a backtrace ends here */
        pushl   %esi
        call    kernel_main

        .section .bss
        .balign 4096
kernel_stack:
        .skip   16384
        .globl  kernel_stack_top
kernel_stack_top:
