/*
 * `int80`: a program in ring 3 calls the kernel by INT 80h, as 32-bit Linux programs do: number in EAX, arguments in
 * EBX and ECX, result in EAX. Call 1 mixes the arguments; call 2 gives the result and does not return.
 */
        .section .user, "awx"
        .balign 4096
user_program:
        popl    %esi                    /* the count, put on its stack */
        xorl    %eax, %eax
        jmp     2f
1:      movl    %eax, %ebx
        movl    %esi, %ecx
        movl    $1, %eax
        int     $0x80
        decl    %esi
2:      testl   %esi, %esi
        jnz     1b
        movl    %eax, %ebx
        movl    $2, %eax
        int     $0x80

        .balign 1024
        .skip   1020
user_stack:
        .long   0

        /* u32 int80_run(u32 count) */
        .text
        .globl  int80_run
int80_run:
        movl    4(%esp), %eax
        movl    %eax, user_stack
        pushl   $user_stack
        pushl   $user_program
        call    run_user
        addl    $8, %esp
        movl    int80_result, %eax
        ret
