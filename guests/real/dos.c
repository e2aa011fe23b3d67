/*
 * The part of INT 21h that small .COM programs use. Source: MS-DOS Programmer's Reference, version 5.
 *
 *   AH  00 end, status 0     01 key with echo -> AL   02 write DL           06 direct console (DL = FF: read, ZF if none)
 *       07, 08 key -> AL     09 write DS:DX to "$"    0A read a line to DS:DX   0B key waiting -> AL = FF or 0
 *       25 set vector AL to DS:DX   35 vector AL -> ES:BX   30 version -> AX   40 write CX bytes of DS:DX to handle 1 or 2
 *       4C end, status AL
 * Anything else: CF set, AX = 1 (function number invalid). *Not modelled*: Ctrl-C, redirection, files.
 */
#include "loader.h"

#define CARRY 0x0001
#define ZERO  0x0040

/* FLAGS as the program gets them back: above IP and CS in the frame its INT pushed. */
static void set_flag(u16 flag, int on)
{
    u16 at = (u16)program_esp + 4, flags = far_word(program_ss, at);
    set_far_word(program_ss, at, on ? flags | flag : flags & ~flag);
}

static void set_al(struct dos_registers *r, u8 al)
{
    r->eax = (r->eax & ~0xffu) | al;
}

static void set_ax(struct dos_registers *r, u16 ax)
{
    r->eax = (r->eax & ~0xffffu) | ax;
}

static u8 get_with_echo(void)
{
    u8 c = get();
    put((char)c);
    return c;
}

/* Buffer: size, count read (without the CR), then the characters and a CR. Backspace takes one back. */
static void read_line(u16 segment, u16 buffer)
{
    u8 size = far_byte(segment, buffer), count = 0;
    while (size) {
        u8 c = get();
        if (c == '\r')
            break;
        if (c == '\b') {
            if (count) {
                count--;
                put('\b');
                put(' ');
                put('\b');
            }
        } else if (count + 1 < size) {
            set_far_byte(segment, buffer + 2 + count++, c);
            put((char)c);
        } else
            put('\a');
    }
    put('\r');
    if (size) {
        set_far_byte(segment, buffer + 1, count);
        set_far_byte(segment, buffer + 2 + count, '\r');
    }
}

static void direct_console(struct dos_registers *r)
{
    u8 dl = (u8)r->edx;
    if (dl != 0xff) {
        put((char)dl);
        set_al(r, dl);
        return;
    }
    int waiting = key_waiting();
    set_flag(ZERO, !waiting);
    set_al(r, waiting ? get() : 0);
}

static void write_string(u16 segment, u16 offset)
{
    for (u32 left = 0x10000; left && far_byte(segment, offset) != '$'; left--)   /* a segment without a "$" ends, too */
        put((char)far_byte(segment, offset++));
}

static void write_handle(struct dos_registers *r)
{
    u16 handle = (u16)r->ebx, count = (u16)r->ecx;
    if (handle != 1 && handle != 2) {
        set_ax(r, 6);   /* invalid handle */
        set_flag(CARRY, 1);
        return;
    }
    for (u16 i = 0; i < count; i++)
        put((char)far_byte(r->ds, (u16)(r->edx + i)));
    set_ax(r, count);
    set_flag(CARRY, 0);
}

/** Called by entry.S with the registers of the program, which get the answer. */
void dos(struct dos_registers *r)
{
    u8 al = (u8)r->eax, dl = (u8)r->edx;
    u16 dx = (u16)r->edx;
    switch (r->eax >> 8 & 0xff) {
    case 0x00: end_run(0);
    case 0x01: set_al(r, get_with_echo()); break;
    case 0x02: put((char)dl); set_al(r, dl); break;
    case 0x06: direct_console(r); break;
    case 0x07:
    case 0x08: set_al(r, get()); break;
    case 0x09: write_string(r->ds, dx); set_al(r, '$'); break;
    case 0x0a: read_line(r->ds, dx); break;
    case 0x0b: set_al(r, key_waiting() ? 0xff : 0); break;
    case 0x25: set_far_word(0, al * 4, dx); set_far_word(0, al * 4 + 2, r->ds); break;
    case 0x30: set_ax(r, 0x0005); r->ebx &= ~0xffffu; r->ecx &= ~0xffffu; break;   /* 5.0 */
    case 0x35: r->ebx = (r->ebx & ~0xffffu) | far_word(0, al * 4); r->es = far_word(0, al * 4 + 2); break;
    case 0x40: write_handle(r); break;
    case 0x4c: end_run(al);
    default: set_ax(r, 1); set_flag(CARRY, 1);
    }
}
