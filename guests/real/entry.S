/*
 * The loader's borders: its own entry, the way into the loaded program, INT 20h and INT 21h, and the ways back.
 * The loader lives at 9000:0000 with CS = DS = SS = 9000h; INT 21h switches to its stack, as C needs SS = DS.
 */
        .code16
        .section .text.entry, "ax"
        .globl entry
entry:
        movw    %cs, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movl    $0xf000, %esp
        cld
        movb    %dl, boot_drive
        calll   loader_main

        .text
/* void start_program(struct start *): segment for DS, ES and SS, then SP, IP, CS. Other registers are zero. */
        .globl start_program
start_program:
        movl    4(%esp), %ebx
        movw    0(%ebx), %ax
        movzwl  2(%ebx), %ecx
        cli
        movw    %ax, %ss
        movl    %ecx, %esp
        pushw   $0x0202                 /* FLAGS: IF; the IRET below takes IP, CS and FLAGS from here */
        pushw   6(%ebx)
        pushw   4(%ebx)
        movw    %ax, %ds
        movw    %ax, %es
        xorl    %eax, %eax
        xorl    %ebx, %ebx
        xorl    %ecx, %ecx
        xorl    %edx, %edx
        xorl    %esi, %esi
        xorl    %edi, %edi
        xorl    %ebp, %ebp
        movw    %ax, %fs
        movw    %ax, %gs
        iretw

/* INT 20h: the end, status 0. exit_al: the end, status in AL; a flat program's RET arrives there. */
        .globl int20, exit_al
int20:
        xorb    %al, %al
exit_al:
        cli
        movzbl  %al, %eax
        movw    %cs, %bx
        movw    %bx, %ds
        movw    %bx, %es
        movw    %bx, %ss
        movl    $0xf000, %esp
        cld
        sti
        pushl   %eax
        calll   end_run

/* INT 21h: registers to the loader's stack (struct dos_registers), then dos(). */
        .globl int21
int21:
        movl    %esp, %cs:program_esp
        movw    %ss, %cs:program_ss
        pushw   %cs
        popw    %ss
        movl    $0xf000, %esp
        pushal
        pushw   %ds
        pushw   %es
        movw    %cs, %ax
        movw    %ax, %ds
        movw    %ax, %es
        cld
        sti                             /* the keyboard's interrupt must come through while dos() waits for a key */
        pushl   %esp
        calll   dos
        addl    $4, %esp
        cli
        popw    %es
        popw    %ds
        popal
        lssl    %cs:program_esp, %esp
        iretw

        .section .data
        .balign 4
        .globl program_esp, program_ss, boot_drive
program_esp:    .long 0
program_ss:     .word 0
boot_drive:     .byte 0x80
