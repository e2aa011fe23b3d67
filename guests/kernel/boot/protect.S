/*
 * Real mode to protected mode: interrupts off, a GDT of three descriptors, CR0.PE, and a far jump that loads CS.
 * From here on there is no BIOS. Source: SDM volume 3, 9.9.1.
 */
        .code16
        .text
        .globl enter_protected_mode
enter_protected_mode:
        cli
        lgdtl   gdt_pointer
        movl    %cr0, %eax
        orl     $1, %eax
        movl    %eax, %cr0
        ljmpl   $8, $1f
        .code32
1:      movw    $16, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movw    %ax, %fs
        movw    %ax, %gs
        movl    $0x7c00, %esp
        call    protected_main
        ud2

        .section .data
        .balign 8
gdt:    .quad   0
        .quad   0x00cf9b000000ffff      /* 08: code, 32-bit, base 0, limit 4 GiB */
        .quad   0x00cf93000000ffff      /* 10: data, the same */
gdt_pointer:
        .word   . - gdt - 1
        .long   gdt
