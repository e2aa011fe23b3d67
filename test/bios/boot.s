# What the boot sector finds: registers, vectors, BIOS data area, fixed entry points, chips.

.include "harness.inc"

    IS "boot drive", [boot_drive], 0x80, 0xFF
    push cs
    pop ax
    IS "CS", ax, 0
    IS "int 19h vector is its fixed entry's segment", [0x19*4+2], 0xF000
    mov ax, 0xF000
    mov es, ax
    IS "model byte", es:[0xFFFE], 0x00FC, 0xFF
    IS "reset vector is a far jump", es:[0xFFF0], 0xEA, 0xFF
    IS "date separator 1", es:[0xFFF7], '/', 0xFF
    IS "date separator 2", es:[0xFFFA], '/', 0xFF
    IS "IRET at FF53", es:[0xFF53], 0xCF, 0xFF
    IS "an unused vector is that IRET", [0x60*4], 0xFF53
    IS "configuration table length", es:[0xE6F5], 8
    IS "configuration table model", es:[0xE6F7], 0xFC, 0xFF
    IS "floppy table sector size code", es:[0xEFCA], 2, 0xFF

    mov ax, 0x40
    mov es, ax
    IS "COM1", es:[0x00], 0x3F8
    IS "COM2", es:[0x02], 0x2F8
    IS "no COM3", es:[0x04], 0
    IS "no printer", es:[0x08], 0
    IS "EBDA", es:[0x0E], 0x9FC0
    IS "KiB", es:[0x13], 639
    IS "keyboard buffer head", es:[0x1A], 0x1E
    IS "keyboard buffer tail", es:[0x1C], 0x1E
    IS "keyboard buffer end", es:[0x82], 0x3E
    IS "hard disks", es:[0x75], 1, 0xFF
    IS "video mode", es:[0x49], 3, 0xFF
    IS "columns", es:[0x4A], 80
    IS "CRTC", es:[0x63], 0x3D4
    IS "rows - 1", es:[0x84], 24, 0xFF
    int 0x11
    IS "equipment: 80-column colour, two serial ports", ax, 0x0420, 0x0EF5
    int 0x12
    IS "int 12h", ax, 639
    mov ah, 0x02
    mov dx, 0
    int 0x17
    IS "int 17h: time-out", ax, 0x0100, 0xFF00
    mov ax, 0x9FC0
    mov es, ax
    IS "EBDA size", es:[0], 1, 0xFF

    in al, 0x92
    IS "A20 is on", ax, 0x02, 0x02
    in al, 0x21
    IS "master mask: timer, keyboard, cascade open", ax, 0xB8, 0xFF
    pushf
    pop ax
    IS "interrupts are on", ax, 0x0200, 0x0200

    TESTS_END
