/*
 * The way into the kernel and out of it: 48 vectors and int 0x80, each a stub that makes the stack look like struct
 * trap_frame (trap.h). Exceptions 8, 10-14 and 17 push an error code (SDM volume 3, table 6-1); the others get a zero.
 */
        .text
        .altmacro
        .macro  stub number
vector_\number:
        .if \number != 8 && \number != 10 && \number != 11 && \number != 12 && \number != 13 && \number != 14 && \number != 17
        pushl   $0
        .endif
        pushl   $\number
        jmp     trap_entry
        .endm

        .set    n, 0
        .rept   48
        stub    %n
        .set    n, n + 1
        .endr
        stub    128

trap_entry:
        pushl   %gs
        pushl   %fs
        pushl   %es
        pushl   %ds
        pushl   %eax
        pushl   %ebp
        pushl   %edi
        pushl   %esi
        pushl   %edx
        pushl   %ecx
        pushl   %ebx
        cld
        movl    $0x68, %eax             /* KERNEL_DS; FS and GS stay the program's, the kernel does not use them */
        movl    %eax, %ds
        movl    %eax, %es
        pushl   %esp
        call    trap
        addl    $4, %esp

/* Also the way into user mode for the first time: exec builds a frame and jumps here with ESP at it. */
        .globl  trap_return
trap_return:
        testb   $3, 56(%esp)            /* the ring in the saved CS */
        jz      6f
        popl    %ebx
        popl    %ecx
        popl    %edx
        popl    %esi
        popl    %edi
        popl    %ebp
        popl    %eax
1:      popl    %ds
2:      popl    %es
3:      popl    %fs
4:      popl    %gs
        addl    $8, %esp
5:      iretl

/* Back into the kernel: DS and ES may be the program's already, when a later pop faulted. FS and GS were left alone,
   and may be selectors that would not load again. */
6:      popl    %ebx
        popl    %ecx
        popl    %edx
        popl    %esi
        popl    %edi
        popl    %ebp
        popl    %eax
        popl    %ds
        popl    %es
        addl    $16, %esp
        iretl

/* A program may have changed its TLS descriptor under a selector it still holds: such a selector becomes null. */
clear_ds:
        movl    $0, (%esp)              /* a pop that faults leaves ESP where it was */
        jmp     1b
clear_es:
        movl    $0, (%esp)
        jmp     2b
clear_fs:
        movl    $0, (%esp)
        jmp     3b
clear_gs:
        movl    $0, (%esp)
        jmp     4b

/* IRET refused the program's CS, SS or EIP: the registers are the program's already, and the frame's end is where ESP is.
   So this becomes the #GP of the program that it would have been one instruction later. */
bad_return:
        pushl   $0
        pushl   $13
        jmp     trap_entry

        .section .fixup, "a"
        .long   1b, clear_ds
        .long   2b, clear_es
        .long   3b, clear_fs
        .long   4b, clear_gs
        .long   5b, bad_return

        .section .rodata
        .globl  vector_table
        .balign 4
        .macro  entry_of number
        .long   vector_\number
        .endm
vector_table:
        .set    n, 0
        .rept   48
        entry_of %n
        .set    n, n + 1
        .endr
        .globl  syscall_vector
syscall_vector:
        .long   vector_128
