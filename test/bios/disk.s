# INT 13h on the hard disk it booted from, a disk of 32 sectors: reading, writing, limits, extensions.
# The last sectors of the image are scratch: this test writes to its own disk.

.include "harness.inc"

.equ BUFFER, 0xC000
.equ SCRATCH_SECTOR, 32         # CHS 0/0/32 = sector 31

    mov ax, 0x0201
    mov bx, BUFFER
    mov cx, 0x0001
    mov dx, 0x0080
    stc
    int 0x13
    CARRY_IS "read sector 0", 0
    IS "read: status and count", ax, 0x0001
    IS "read: the signature", [BUFFER+510], 0xAA55

    mov ah, 0x01
    int 0x13
    IS "last status: none", ax, 0x0000, 0xFF00

# The buffer may cross a 64-KiB offset: the segment is carried on.
    mov ax, 0x1000
    mov es, ax
    mov word ptr es:[0xFE00], 0
    mov ax, 0x0203
    mov bx, 0xFD00
    mov cx, 0x0001
    mov dx, 0x0080
    int 0x13
    CARRY_IS "read across an offset of 64 KiB", 0
    IS "its count", ax, 3, 0xFF
    IS "its first sector", es:[0xFEFE], 0xAA55
    mov ax, 0x2000
    mov es, ax
    mov bx, [0x7E00+0x1F0]
    IS "its second sector, beyond", es:[0xF0], bx
    push ds
    pop es

# Limits.
    mov ax, 0x0200
    mov bx, BUFFER
    mov cx, 0x0001
    mov dx, 0x0080
    int 0x13
    CARRY_IS "count 0", 1
    IS "count 0: bad parameter", ax, 0x0100, 0xFF00
    mov ah, 0x01
    int 0x13
    CARRY_IS "function 01h tells it again", 1
    IS "its status", ax, 0x0100, 0xFF00
    mov ax, 0x0281
    int 0x13
    IS "count 129: bad parameter", ax, 0x0100, 0xFF00
    mov ax, 0x0201
    mov cx, 0x0000
    int 0x13
    IS "sector 0: bad parameter", ax, 0x0100, 0xFF00
    mov ax, 0x0201
    mov cx, 0xFFFF
    int 0x13
    CARRY_IS "beyond the disk", 1
    IS "beyond the disk: sector not found", ax, 0x0400, 0xFF00
    mov ax, 0x0202
    mov cx, SCRATCH_SECTOR
    int 0x13
    IS "last sector and one more: sector not found", ax, 0x0400, 0xFF00
    mov ax, 0x0201
    mov cx, 0x0001
    mov dx, 0x0081
    int 0x13
    CARRY_IS "absent drive 81h", 1
    IS "absent drive: bad parameter", ax, 0x0100, 0xFF00
    mov ax, 0x0201
    mov dx, 0x0000
    int 0x13
    CARRY_IS "absent floppy", 1
    mov ah, 0xEE
    mov dx, 0x80
    int 0x13
    CARRY_IS "unknown function", 1
    IS "unknown function: bad parameter", ax, 0x0100, 0xFF00

# Writing.
    mov di, BUFFER
    mov cx, 256
    mov ax, 0x5AA5
    rep stosw
    mov ax, 0x0301
    mov bx, BUFFER
    mov cx, SCRATCH_SECTOR
    mov dx, 0x0080
    int 0x13
    CARRY_IS "write", 0
    IS "write: status and count", ax, 0x0001
    mov word ptr [BUFFER], 0
    mov word ptr [BUFFER + 510], 0
    mov ax, 0x0201
    int 0x13
    IS "what was written, first word", [BUFFER], 0x5AA5
    IS "what was written, last word", [BUFFER+510], 0x5AA5
    mov ax, 0x0401
    int 0x13
    CARRY_IS "verify", 0
    IS "verify: status and count", ax, 0x0001

# What the drive is.
    mov ax, 0x0800
    mov dx, 0x0080
    int 0x13
    CARRY_IS "parameters", 0
    IS "drives", dx, 0x0001, 0x00FF
    IS "last head", dx, 0x0F00, 0xFF00
    IS "sectors a track", cx, 63, 0x3F
    mov ax, 0x1500
    mov dx, 0x0080
    int 0x13
    CARRY_IS "type", 0
    IS "type: hard disk", ax, 0x0300, 0xFF00
    IS "type: sectors, low", dx, 32
    IS "type: sectors, high", cx, 0
    mov ax, 0x1500
    mov dx, 0x0083
    int 0x13
    CARRY_IS "type of an absent disk", 0
    IS "type of an absent disk: none", ax, 0x0000, 0xFF00

    mov si, offset quiet_functions
1:  mov ah, [si]
    mov cx, 0x0001
    mov dx, 0x0080
    int 0x13
    CARRY_IS "reset 00, init 09, seek 0C, reset 0D, ready 10, recalibrate 11, diagnose 14", 0
    inc si
    cmp si, offset quiet_functions_end
    jb 1b

# Extensions.
    mov ah, 0x41
    mov bx, 0x55AA
    mov dx, 0x0080
    int 0x13
    CARRY_IS "extensions present", 0
    IS "extensions: signature", bx, 0xAA55
    IS "extensions: packet access", cx, 1, 1
    mov ah, 0x41
    mov bx, 0x1234
    int 0x13
    CARRY_IS "extensions: wrong signature", 1

    mov ah, 0x42
    mov dx, 0x0080
    mov si, offset packet
    int 0x13
    CARRY_IS "extended read", 0
    IS "extended read: status", ax, 0x0000, 0xFF00
    IS "extended read: count", [packet+2], 2
    IS "extended read: sector 0", [BUFFER+510], 0xAA55
    mov ax, [body]
    IS "extended read: sector 1", [BUFFER+512], ax

    mov dword ptr [packet + 8], 31
    mov ah, 0x42
    int 0x13
    CARRY_IS "extended read beyond the disk", 1
    IS "extended read beyond: sector not found", ax, 0x0400, 0xFF00
    IS "extended read beyond: none read", [packet+2], 0

    mov word ptr [packet + 2], 1
    mov word ptr [BUFFER], 0xC33C
    mov ax, 0x4300
    int 0x13
    CARRY_IS "extended write", 0
    mov word ptr [BUFFER], 0
    mov ah, 0x42
    int 0x13
    IS "extended write: read back", [BUFFER], 0xC33C
    mov ah, 0x44
    int 0x13
    CARRY_IS "extended verify", 0
    mov ah, 0x47
    int 0x13
    CARRY_IS "extended seek", 0
    mov dword ptr [packet + 12], 1
    mov ah, 0x42
    int 0x13
    IS "a sector number of more than 32 bits", ax, 0x0400, 0xFF00
    mov byte ptr [packet], 8
    mov ah, 0x42
    int 0x13
    IS "a packet too short", ax, 0x0100, 0xFF00

    mov word ptr [BUFFER], 0x1A
    mov si, BUFFER
    mov ah, 0x48
    int 0x13
    CARRY_IS "extended parameters", 0
    IS "extended parameters: size", [BUFFER], 0x1A
    IS "extended parameters: sectors", [BUFFER+16], 32
    IS "extended parameters: sectors, high", [BUFFER+18], 0
    IS "extended parameters: bytes a sector", [BUFFER+24], 512
    mov word ptr [BUFFER], 0x19
    mov ah, 0x48
    int 0x13
    CARRY_IS "extended parameters: buffer too small", 1

    lds si, [0x41 * 4]
    mov al, [si + 14]
    push 0
    pop ds
    IS "fixed-disk table of INT 41h: sectors a track", ax, 63, 0xFF
    jmp end

quiet_functions: .byte 0x00, 0x09, 0x0C, 0x0D, 0x10, 0x11, 0x14
quiet_functions_end:
    .balign 4
packet:
    .byte 0x10, 0
    .word 2
    .word BUFFER, 0
    .long 0, 0
end:
    TESTS_END
