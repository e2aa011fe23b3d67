/*
 * Loads one real-mode program from the disk and starts it (docs/platform.md, `real86 run --real`). The header sector
 * follows the loader on the disk:   0 "R86L"   4 u16 kind: 1 .com, 2 flat   6 u32 length in bytes
 * and the program follows the header.
 *
 *   .com   PSP at 1000:0000, image at 1000:0100, SP = FFFEh with a zero there: RET goes to the INT 20h at PSP:0
 *   flat   image at 0000:7C00, all segments 0; RET goes to a jump at 0000:0600 that ends the run, status AL
 */
#include "loader.h"

#define LOADER_SEGMENT 0x9000
#define COM_SEGMENT    0x1000
#define FLAT_ADDRESS   0x7c00
#define TRAMPOLINE     0x0600
#define COM_LIMIT      (0xfffe - 0x100u)
#define FLAT_LIMIT     (LOADER_SEGMENT * 16u - FLAT_ADDRESS - 511)
#define CANNOT_LOAD    126
#define CHUNK          64u   /* sectors a read: 32 KiB */

extern char loader_sectors[];   /* its address is the number: build.sh */

static struct {
    u8 magic[4];
    u16 kind;
    u32 length;
    u8 rest[502];
} __attribute__((packed)) header;

static struct {
    u8 size, zero;
    u16 count, offset, segment;
    u32 block, block_high;
} packet = { .size = 16 };

void end_run(u32 status)
{
    __asm__ volatile("outl %0, %1" : : "a"(status << 8), "Nd"((u16)0x501));
    for (;;)
        __asm__ volatile("cli; hlt");
}

static void fail(const char *why)
{
    while (*why)
        put(*why++);
    end_run(CANNOT_LOAD);
}

static void read(u32 block, u32 count, u16 segment, u16 offset)
{
    u8 failed;
    packet.block = block;
    packet.count = (u16)count;
    packet.segment = segment;
    packet.offset = offset;
    __asm__ volatile("int $0x13\n\tsetc %0" : "=q"(failed) : "a"(0x4200), "d"(boot_drive), "S"(&packet) : "cc", "memory");
    if (failed)
        fail("loader: disk read error\r\n");
}

static void read_program(u32 block, u16 segment)
{
    for (u32 left = (header.length + 511) / 512; left;) {
        u32 count = left < CHUNK ? left : CHUNK;
        read(block, count, segment, 0);
        block += count;
        left -= count;
        segment += count * 32;
    }
}

static void start_com(void)
{
    set_far_word(COM_SEGMENT, 0, 0x20cd);   /* INT 20h */
    set_far_word(COM_SEGMENT, 2, LOADER_SEGMENT);   /* first paragraph beyond the program's memory */
    set_far_word(COM_SEGMENT, 0x80, 0x0d00);   /* an empty command tail */
    set_far_word(COM_SEGMENT, 0xfffe, 0);
    start_program(&(struct start){ COM_SEGMENT, 0xfffe, 0x100, COM_SEGMENT });
}

static void start_flat(void)
{
    set_far_byte(0, TRAMPOLINE, 0xea);   /* JMP far */
    set_far_word(0, TRAMPOLINE + 1, (u16)(u32)exit_al);
    set_far_word(0, TRAMPOLINE + 3, LOADER_SEGMENT);
    set_far_word(0, FLAT_ADDRESS - 4, TRAMPOLINE);   /* 32 bits: GCC's 16-bit code returns by RETL */
    set_far_word(0, FLAT_ADDRESS - 2, 0);
    start_program(&(struct start){ 0, FLAT_ADDRESS - 4, FLAT_ADDRESS, 0 });
}

static void set_vector(u8 vector, void (*handler)(void))
{
    set_far_word(0, vector * 4, (u16)(u32)handler);
    set_far_word(0, vector * 4 + 2, LOADER_SEGMENT);
}

void loader_main(void)
{
    u32 block = 1 + (u32)loader_sectors;
    read(block, 1, LOADER_SEGMENT, (u16)(u32)&header);
    if (header.magic[0] != 'R' || header.magic[1] != '8' || header.magic[2] != '6' || header.magic[3] != 'L')
        fail("loader: no program on this disk\r\n");
    if ((header.kind != 1 && header.kind != 2) || header.length > (header.kind == 1 ? COM_LIMIT : FLAT_LIMIT))
        fail("loader: program too large\r\n");
    set_vector(0x20, int20);
    set_vector(0x21, int21);
    if (header.kind == 1) {
        read_program(block + 1, COM_SEGMENT + 0x10);
        start_com();
    }
    read_program(block + 1, FLAT_ADDRESS >> 4);
    start_flat();
}
