/*
 * Sector 0: the boot sector. The BIOS loads these 512 bytes at 0000:7C00 with DL = the boot drive and jumps there, in
 * real mode. It reads the stage (the sectors right after it) to 0000:7E00 and enters stage_main, compiled 16-bit C.
 *
 * read_sectors is also what the stage uses for the kernel: INT 13h AH=42h (EDD, by block number) when the BIOS has it,
 * otherwise AH=02h (cylinder, head, sector), one sector a call. Sources: EDD-1.1; IBM PC/AT Technical Reference, BIOS.
 */
        .code16
        .section .boot, "ax"
        .globl _start
_start:
        ljmp    $0, $1f
1:      xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movl    $0x7c00, %esp           /* the upper half too: C compiled with -m16 uses ESP */
        sti
        cld
        movb    %dl, boot_drive

        movb    $0x41, %ah              /* EDD installation check */
        movw    $0x55aa, %bx
        int     $0x13
        jc      2f
        cmpw    $0xaa55, %bx
        jne     2f
        andb    $1, %cl                 /* CX bit 0: AH=42h-44h, 47h, 48h work */
        movb    %cl, has_edd
2:      movb    $0x08, %ah              /* drive parameters, for the CHS way */
        movb    boot_drive, %dl
        int     $0x13
        jc      3f
        andw    $0x3f, %cx              /* CL bits 5-0: sectors a track; DH: last head */
        movw    %cx, sectors_per_track
        movzbw  %dh, %dx
        incw    %dx
        movw    %dx, heads
3:      xorw    %ax, %ax
        movw    %ax, %es                /* AH=08h returns a table address in ES:DI */

        movl    $1, packet_block
        movw    $stage_sectors, packet_count
        movw    $0x7e00, packet_offset
        calll   read_sectors
        testl   %eax, %eax
        jz      4f
        movl    $stage_main, %eax
        calll   *%eax
4:      movw    $message, %si
5:      lodsb
        testb   %al, %al
        jz      6f
        movb    $0x0e, %ah
        movw    $7, %bx
        int     $0x10
        jmp     5b
6:      hlt
        jmp     6b
message:
        .asciz  "Disk read error.\r\n"

/* u32 read_sectors(void): reads what `packet` asks for; 1 when all went well, 0 on an error. Called by C, all registers kept. */
        .globl read_sectors
read_sectors:
        pushal
        cmpb    $1, has_edd
        jne     1f
        movb    $0x42, %ah
        movb    boot_drive, %dl
        movw    $packet, %si
        int     $0x13
        jmp     3f
1:      movl    packet_block, %eax
        xorl    %edx, %edx
        movzwl  sectors_per_track, %ecx
        divl    %ecx
        incw    %dx
        movw    %dx, %si                /* SI = sector, from 1 */
        xorl    %edx, %edx
        movzwl  heads, %ecx
        divl    %ecx                    /* AX = cylinder, DL = head */
        movb    %dl, %dh
        movb    %al, %ch
        shlb    $6, %ah                 /* cylinder bits 9-8 go to CL bits 7-6 */
        movb    %ah, %cl
        movw    %si, %ax
        orb     %al, %cl
        movb    boot_drive, %dl
        movw    packet_segment, %es
        movw    packet_offset, %bx
        movw    $0x0201, %ax
        int     $0x13
        movw    $0, %ax
        movw    %ax, %es
        jc      3f
        incl    packet_block
        addw    $512, packet_offset
        decw    packet_count
        jnz     1b
        clc
3:      setnc   %al
        movzbl  %al, %eax
        movl    %eax, 28(%esp)          /* the EAX that popal restores */
        popal
        retl

        .globl boot_drive, packet, packet_count, packet_offset, packet_segment, packet_block
boot_drive:        .byte 0x80
has_edd:           .byte 0
sectors_per_track: .word 63
heads:             .word 16
        .balign 4
packet:            .byte 16, 0          /* EDD disk address packet: its size, 0, count, buffer, block (64 bits) */
packet_count:      .word 0
packet_offset:     .word 0
packet_segment:    .word 0
packet_block:      .long 0, 0

        .org    510
        .word   0xaa55
