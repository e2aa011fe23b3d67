/* One page of code and data that may be written; smc.c says what for. Both functions are called from C. */
        .section .mixed, "awx"
        .balign 4096

        /* u32 call_patched_loop(u32 x, u32 turns) */
        .globl  call_patched_loop
call_patched_loop:
        movl    4(%esp), %eax
        movl    8(%esp), %ecx
1:      .byte   0x05                    /* addl $constant, %eax */
        .globl  patched_constant
patched_constant:
        .long   0
        roll    $5, %eax
        xorl    %ecx, %eax
        decl    %ecx
        jnz     1b
        ret

        /* u32 count_beside(u32 turns): counters four lines away from the code, on its page */
        .balign 256
        .globl  count_beside
count_beside:
        movl    4(%esp), %ecx
        movl    counters, %eax
1:      addl    $3, counters
        addl    %ecx, counters + 64
        movl    %eax, counters + 128
        addl    counters + 64, %eax
        decl    %ecx
        jnz     1b
        xorl    counters, %eax
        ret
        .balign 1024
counters:
        .skip   192
        .balign 4096
        .section .note.GNU-stack, "", @progbits
