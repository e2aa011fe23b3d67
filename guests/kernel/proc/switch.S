/*
 * void switch_stacks(u32 *save, u32 load): leaves the stack of one task for that of another. What C expects to be kept
 * goes on the old stack; the other task goes on where it once called this, or, when it is new, at task_begin.
 */
        .text
        .globl  switch_stacks
switch_stacks:
        movl    4(%esp), %eax
        movl    8(%esp), %edx
        pushl   %ebp
        pushl   %ebx
        pushl   %esi
        pushl   %edi
        movl    %esp, (%eax)
        movl    %edx, %esp
        popl    %edi
        popl    %esi
        popl    %ebx
        popl    %ebp
        ret

        .globl  task_begin
task_begin:
        call    child_started
        jmp     trap_return             /* ESP is at the frame that fork made */
