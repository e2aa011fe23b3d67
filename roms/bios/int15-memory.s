# INT 15h: how much memory there is (88h, E801h, E820h) and moving blocks beyond 1 MiB (87h).
# Sizes come from CMOS. Source: ACPI 6.5 section 15 (E820h); IBM PC/AT Technical Reference (87h, 88h).

.include "bios.inc"

.global extended_memory
extended_memory:                # 88h -> AX = KiB above 1 MiB, at most FFFFh
    mov al, CMOS_EXTENDED_KIB
    call cmos_read_word
    mov [bp + FRAME_AX], ax
    CLEAR_CARRY
    SERVICE_END

# -> AX = memory above 1 MiB in units of 64 KiB. DX is used.
.global extended_64kib
extended_64kib:
    mov al, CMOS_HIGH_64KIB
    call cmos_read_word
    add ax, 15 * 16             # the 15 MiB below 16 MiB
    cmp ax, 15 * 16
    jne 1f
    mov al, CMOS_EXTENDED_KIB   # less than 16 MiB in all
    call cmos_read_word
    shr ax, 6
1:  ret

.macro RANGE base, length, type
    .long \base, \length, \type # type 1: memory, 2: reserved
.endm
ranges:
    RANGE 0x00000000, 0x0009FC00, 1
    RANGE 0x0009FC00, 0x00000400, 2     # EBDA
    RANGE 0x000F0000, 0x00010000, 2     # this ROM
    RANGE 0x00100000, 0x00000000, 1     # length from CMOS
    RANGE 0xFFFF0000, 0x00010000, 2     # this ROM again
.equ RANGES, (. - ranges) / 12

.global memory_map
memory_map:
    cmp al, 0x01
    je e801
    cmp al, 0x20
    jne int15_unsupported
    cmp dword ptr [bp + FRAME_DX], 0x534D4150   # "SMAP"
    jne int15_unsupported
    mov ebx, [bp + FRAME_BX]
    cmp ebx, RANGES
    jae int15_unsupported
    cmp dword ptr [bp + FRAME_CX], 20
    jb int15_unsupported

# E820h: EBX = number of the range, 0 first -> ES:DI = base, length (qwords), type; EBX = next, 0 at the end.
    mov es, [bp + FRAME_ES]
    mov di, [bp + FRAME_DI]
    imul si, bx, 12
    mov eax, cs:[si + ranges]
    stosd
    mov edx, eax
    xor eax, eax
    stosd
    mov eax, cs:[si + ranges + 4]
    cmp edx, 0x100000
    jne 1f
    call extended_64kib
    movzx eax, ax
    shl eax, 16
1:  stosd
    mov dword ptr es:[di], 0
    add di, 4
    mov eax, cs:[si + ranges + 8]
    stosd
    inc bx
    cmp bx, RANGES
    jb 2f
    xor ebx, ebx
2:  mov [bp + FRAME_BX], ebx
    mov dword ptr [bp + FRAME_CX], 20
    mov dword ptr [bp + FRAME_AX], 0x534D4150
    CLEAR_CARRY
    SERVICE_END

# E801h -> AX = CX = KiB from 1 to 16 MiB, BX = DX = 64-KiB units above 16 MiB.
e801:
    mov al, CMOS_HIGH_64KIB
    call cmos_read_word
    mov [bp + FRAME_BX], ax
    mov [bp + FRAME_DX], ax
    mov al, CMOS_EXTENDED_KIB
    call cmos_read_word
    cmp ax, 15 * 1024
    jbe 1f
    mov ax, 15 * 1024
1:  mov [bp + FRAME_AX], ax
    mov [bp + FRAME_CX], ax
    CLEAR_CARRY
    SERVICE_END
