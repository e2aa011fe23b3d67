/*
 * Multiboot 0.6.96 header and entry: flat 32-bit segments, paging and interrupts off, EAX = 2BADB002h, EBX = information.
 * The loader has cleared .bss. Goes on in main.c with a stack of 16 KiB.
 */
        .section .multiboot, "a"
        .long   0x1badb002
        .long   3                       /* modules on pages, memory sizes */
        .long   -(0x1badb002 + 3)

        .text
        .globl  start
start:
        cli
        cld
        movl    $kernel_stack_top, %esp
        xorl    %ebp, %ebp
        pushl   %ebx
        pushl   %eax
        call    kernel_main

        .section .bss
        .balign 4096
        .skip   16384
        .globl  kernel_stack_top
kernel_stack_top:
