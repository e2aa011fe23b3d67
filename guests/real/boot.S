/*
 * Sector 0 of loader.img: reads the loader, the sectors right after this one, to 9000:0000 and enters it, out of the way
 * of the programs it is going to load. DL is the boot drive. INT 13h AH=42h only: our BIOS has it. Source: EDD-1.1.
 */
        .code16
        .text
        .globl _start
_start:
        ljmp    $0, $1f
1:      xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %ss
        movw    $0x7c00, %sp
        sti
        movb    $0x42, %ah
        movw    $packet, %si
        int     $0x13
        jc      2f
        ljmp    $0x9000, $0
2:      movw    $0x0e21, %ax            /* "!" */
        movw    $7, %bx
        int     $0x10
3:      hlt
        jmp     3b
        .balign 4
packet: .byte   16, 0
        .word   loader_sectors, 0, 0x9000
        .long   1, 0
        .org    510
        .word   0xaa55
