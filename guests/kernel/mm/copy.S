/*
 * u32 guarded_copy(void *to, const void *from, u32 count), u32 guarded_clear(void *to, u32 count): the only places
 * where the kernel touches a program's memory. A fault there that cannot be served comes back at the label the fixup
 * table gives (cpu/trap.c); the answer is 0, or 1 after such a fault. 4 bytes a step, then the rest.
 */
        .text
        .globl guarded_copy
guarded_copy:
        pushl   %esi
        pushl   %edi
        movl    12(%esp), %edi
        movl    16(%esp), %esi
        movl    20(%esp), %ecx
        movl    %ecx, %edx
        shrl    $2, %ecx
        andl    $3, %edx
1:      rep movsl
        movl    %edx, %ecx
2:      rep movsb
        xorl    %eax, %eax
3:      popl    %edi
        popl    %esi
        ret

        .globl guarded_clear
guarded_clear:
        pushl   %edi
        movl    8(%esp), %edi
        movl    12(%esp), %ecx
        movl    %ecx, %edx
        xorl    %eax, %eax
        shrl    $2, %ecx
        andl    $3, %edx
4:      rep stosl
        movl    %edx, %ecx
5:      rep stosb
6:      popl    %edi
        ret

copy_failed:
        movl    $1, %eax
        jmp     3b
clear_failed:
        movl    $1, %eax
        jmp     6b

        .section .fixup, "a"
        .long   1b, copy_failed
        .long   2b, copy_failed
        .long   4b, clear_failed
        .long   5b, clear_failed
