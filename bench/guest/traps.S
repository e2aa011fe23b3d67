/*
 * Entries of exceptions 0-31 and of system calls. All push the same struct frame (machine.h) and call trap(frame), on
 * the stack in use or, from ring 3, on trap_stack. Also the two ways between rings: run_user enters ring 3, and leave_user
 * makes run_user return.
 */
        .set    KERNEL_DATA, 0x10
        .set    USER_CODE, 0x1b
        .set    USER_DATA, 0x23

        .text
        .altmacro
        .macro  entry number
entry_\number:
        /* 8, 10-14 and 17 push an error code themselves. */
        .if (\number != 8) && ((\number < 10) || (\number > 14)) && (\number != 17)
        pushl   $0
        .endif
        pushl   $\number
        jmp     common
        .endm
        .macro  pointer number
        .long   entry_\number
        .endm

        .set    i, 0
        .rept   32
        entry   %i
        .set    i, i + 1
        .endr
        .globl  system_call_entry
system_call_entry:
        pushl   $0
        pushl   $0x80
common:
        pushal
        pushl   %ds
        pushl   %es
        movl    $KERNEL_DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        cld
        pushl   %esp
        call    trap
        addl    $4, %esp
        popl    %es
        popl    %ds
        popal
        addl    $8, %esp
        iretl

        /* void run_user(u32 eip, u32 esp) */
        .globl  run_user
run_user:
        movl    4(%esp), %eax
        movl    8(%esp), %edx
        pushl   %ebx
        pushl   %esi
        pushl   %edi
        pushl   %ebp
        movl    %esp, kernel_esp
        movl    $USER_DATA, %ecx
        movl    %ecx, %ds
        movl    %ecx, %es
        pushl   %ecx
        pushl   %edx
        pushl   $2                      /* EFLAGS: interrupts stay off, IOPL 0 */
        pushl   $USER_CODE
        pushl   %eax
        iretl

        /* void leave_user(void), called from a system call */
        .globl  leave_user
leave_user:
        movl    kernel_esp, %esp
        popl    %ebp
        popl    %edi
        popl    %esi
        popl    %ebx
        ret

        .section .rodata
        .globl  exception_entries
        .balign 4
exception_entries:
        .set    i, 0
        .rept   32
        pointer %i
        .set    i, i + 1
        .endr

        .section .bss
        .balign 4096
kernel_esp:
        .skip   16
        .skip   4096
        .globl  trap_stack_top
trap_stack_top:
