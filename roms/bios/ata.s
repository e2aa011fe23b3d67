# ATA by programmed I/O, polled: read, write and verify of up to 255 sectors. Source: ATA-3 (X3.298).
#   +0 data  +1 error  +2 count  +3-5 address  +6 device/head  +7 status, command;  +206h device control
# Interrupts of the device are off (nIEN) while a command runs, so IRQ 14 and 15 stay quiet.
# FS:BX is the disk record throughout.

.include "bios.inc"

.equ STATUS_BUSY, 0x80
.equ STATUS_READY, 0x40
.equ STATUS_FAULT, 0x20
.equ STATUS_DATA, 0x08
.equ STATUS_ERROR, 0x01
.equ PATIENCE, 2 * 66288        # refresh toggles: 2 seconds

# ESI = first sector, CL = count, CH = command (20h read, 30h write, 40h verify), ES:DI = buffer, wherever
# in memory it lies: the segment is carried on. -> AH = INT 13h status, CF set unless 0; CL = sectors left.
.global ata_transfer
ata_transfer:
    pushad
    push ds
    push es
    mov bp, sp
    mov dx, fs:[bx + DISK_PORT]
    add dx, 0x206
    OUTB dx, 0x0A               # nIEN
    sub dx, 0x200
    call ata_wait
    jc 8f
    mov al, fs:[bx + DISK_SELECT]
    out dx, al
    call ata_wait
    jc 8f
    call ata_address
    or al, fs:[bx + DISK_SELECT]
    out dx, al                  # device, address 27-24
    sub dx, 4
    mov al, cl
    out dx, al
    mov eax, esi
    inc dx
    out dx, al
    inc dx
    mov al, ah
    out dx, al
    inc dx
    shr eax, 16
    out dx, al
    add dx, 2
    mov al, ch
    out dx, al
    cmp ch, 0x40
    je 5f
1:  call ata_wait
    jc 8f
    test al, STATUS_FAULT | STATUS_ERROR
    jnz 7f
    test al, STATUS_DATA
    jz 6f
    call ata_sector
    dec cl
    jnz 1b
    cmp ch, 0x30                # a write has done its work when it is no longer busy
    jne 9f
5:  call ata_wait
    jc 8f
    test al, STATUS_FAULT | STATUS_ERROR
    jnz 7f
    xor cl, cl
9:  xor ah, ah
    jmp 10f
6:  mov ah, 0x20                # controller failure: neither data nor error
    jmp 10f
7:  call ata_error
    cmp ah, 0x01
    jne 10f
    cmp ch, 0x30
    jne 10f
    mov ah, 0x03                # a write refused: write-protected
    jmp 10f
8:  mov ah, 0x80                # time-out
10: call ata_restore
    mov [bp + FRAME_AH], ah
    mov [bp + FRAME_CL], cl
    cmp ah, 1
    cmc
    pop es
    pop ds
    popad
    ret

# Moves one sector between ES:DI and the data port; ES:DI goes on to the next 512 bytes.
ata_sector:
    push cx
    push dx
    cmp di, 0x10000 - 512
    jbe 1f
    mov ax, di                  # close to the end of the segment: move the segment on
    shr ax, 4
    and di, 0x0F
    mov dx, es
    add ax, dx
    mov es, ax
1:  mov dx, fs:[bx + DISK_PORT]
    cmp ch, 0x30
    mov cx, 128                 # doublewords: half as many accesses
    je 2f
    rep insd
    jmp 3f
2:  push ds
    push si
    push es
    pop ds
    mov si, di
    rep outsd
    mov di, si
    pop si
    pop ds
3:  add dx, 0x206
    in al, dx                   # alternate status: 400 ns for the next status to settle
    pop dx
    pop cx
    ret

# ESI = sector -> AL = LBA bit and address 27-24 or head; ESI = address 23-0. EDX is kept.
ata_address:
    test byte ptr fs:[bx + DISK_FLAGS], DISK_LBA
    jz 1f
    mov eax, esi
    shr eax, 24
    or al, 0x40
    ret
1:  push ecx
    push edx
    mov eax, esi
    xor edx, edx
    movzx ecx, byte ptr fs:[bx + DISK_ATA_TRACK]
    div ecx
    lea esi, [edx + 1]
    xor edx, edx
    movzx ecx, byte ptr fs:[bx + DISK_ATA_HEADS]
    div ecx
    shl eax, 8
    or esi, eax
    mov al, dl
    pop edx
    pop ecx
    ret

# Waits until the device is not busy -> AL = status; CF set if it still is after 2 seconds.
.global ata_wait
ata_wait:
    push ecx
    push dx
    mov dx, fs:[bx + DISK_PORT]
    add dx, 7
    mov ecx, PATIENCE
1:  in al, dx
    test al, STATUS_BUSY
    jz 2f
    call refresh_poll
    jnz 1b
    stc
2:  pop dx
    pop ecx
    ret

# The error register -> AH = INT 13h status.
ata_error:
    push dx
    push si
    mov dx, fs:[bx + DISK_PORT]
    inc dx
    in al, dx
    mov si, offset errors
1:  mov ah, cs:[si + 1]
    test al, cs:[si]
    jnz 2f
    add si, 2
    cmp si, offset errors_end
    jb 1b
    mov ah, 0xBB                # an error of no kind
2:  pop si
    pop dx
    ret

errors:
    .byte 0x10, 0x04            # IDNF: sector not found
    .byte 0x40, 0x10            # UNC: uncorrectable data
    .byte 0x80, 0x0A            # BBK: bad sector
    .byte 0x01, 0x02            # AMNF: address mark
    .byte 0x02, 0x40            # TK0NF: seek failed
    .byte 0x04, 0x01            # ABRT: command refused
errors_end:

# Lets the device interrupt again; reading the status first takes back what it may have asked for.
ata_restore:
    push dx
    mov dx, fs:[bx + DISK_PORT]
    add dx, 7
    in al, dx
    add dx, 0x1FF
    OUTB dx, 0x08
    pop dx
    ret

# IDENTIFY DEVICE into 512 bytes at ES:DI. CF set if no ATA disk answers.
.global ata_identify
ata_identify:
    pushad
    push es
    mov dx, fs:[bx + DISK_PORT]
    add dx, 0x206
    OUTB dx, 0x0A
    sub dx, 0x200
    mov al, fs:[bx + DISK_SELECT]
    out dx, al
    inc dx
    in al, dx
    cmp al, 0xFF                # no channel
    je 1f
    test al, al                 # no device: the other one answers nothing for it
    jz 1f
    sub dx, 5                   # a device keeps what is written to its count register
    OUTB dx, 0x55
    in al, dx
    cmp al, 0x55
    jne 1f
    add dx, 5
    call ata_wait
    jc 1f
    OUTB dx, 0xEC
    call ata_wait
    jc 1f
    test al, STATUS_FAULT | STATUS_ERROR
    jnz 1f
    test al, STATUS_DATA
    jz 1f
    xor cx, cx
    call ata_sector
    clc
    jmp 2f
1:  stc
2:  pushf
    call ata_restore
    popf
    pop es
    popad
    ret
