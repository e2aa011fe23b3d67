/*
 * ATA disk 0 (channel 0, master), programmed I/O, 28-bit block numbers, polled. Source: ATA-4 (T13/1153D).
 *
 *   1F0h data, 16 or 32 bits   1F2h sector count (0 = 256)   1F3h-1F5h block bits 0-23   1F6h device and block bits 24-27
 *   1F7h status/command: BSY 80h, DRDY 40h, DF 20h, DRQ 08h, ERR 01h               3F6h device control: nIEN 02h
 */
#include "ata.h"
#include "../cpu/instructions.h"
#include "../errno.h"
#include "../log.h"

#define PORT_DATA    0x1f0
#define PORT_COUNT   0x1f2
#define PORT_BLOCK   0x1f3
#define PORT_DEVICE  0x1f6
#define PORT_COMMAND 0x1f7
#define PORT_CONTROL 0x3f6

#define STATUS_BSY 0x80
#define STATUS_DF  0x20
#define STATUS_DRQ 0x08
#define STATUS_ERR 0x01
#define COMMAND_READ_SECTORS  0x20
#define COMMAND_WRITE_SECTORS 0x30
#define COMMAND_FLUSH_CACHE   0xe7
#define POLL_LIMIT 10000000u

static int wait_for_data(void)
{
    for (u32 polls = 0; polls < POLL_LIMIT; polls++) {
        u8 status = in8(PORT_COMMAND);
        if (status & STATUS_BSY)
            continue;
        if (status & (STATUS_ERR | STATUS_DF))
            return 0;
        if (status & STATUS_DRQ)
            return 1;
    }
    return 0;
}

static int wait_until_done(void)
{
    for (u32 polls = 0; polls < POLL_LIMIT; polls++) {
        u8 status = in8(PORT_COMMAND);
        if (!(status & STATUS_BSY))
            return !(status & (STATUS_ERR | STATUS_DF));
    }
    return 0;
}

static s32 begin(u32 sector, u32 count, u8 command)
{
    if (sector >> 28)
        return -EIO;
    out8(PORT_CONTROL, 0x02);
    out8(PORT_DEVICE, (u8)(0xe0 | sector >> 24));   /* LBA, master */
    out8(PORT_COUNT, (u8)count);
    out8(PORT_BLOCK, (u8)sector);
    out8(PORT_BLOCK + 1, (u8)(sector >> 8));
    out8(PORT_BLOCK + 2, (u8)(sector >> 16));
    out8(PORT_COMMAND, command);
    return 0;
}

static s32 failed(const char *what, u32 sector)
{
    log_line("disk: %s error at sector %u", what, sector);
    return -EIO;
}

s32 ata_read(u32 sector, u32 count, void *to)
{
    if (begin(sector, count, COMMAND_READ_SECTORS))
        return -EIO;
    for (; count; count--, sector++, to = (u8 *)to + 512) {
        in8(PORT_CONTROL);   /* 400 ns, after which the status is valid */
        if (!wait_for_data())
            return failed("read", sector);
        in32_block(PORT_DATA, to, 128);
    }
    return 0;
}

s32 ata_write(u32 sector, u32 count, const void *from)
{
    if (begin(sector, count, COMMAND_WRITE_SECTORS))
        return -EIO;
    for (; count; count--, sector++, from = (const u8 *)from + 512) {
        in8(PORT_CONTROL);
        if (!wait_for_data())
            return failed("write", sector);
        out32_block(PORT_DATA, from, 128);
    }
    in8(PORT_CONTROL);
    return wait_until_done() ? 0 : failed("write", sector - 1);
}

s32 ata_flush(void)
{
    out8(PORT_COMMAND, COMMAND_FLUSH_CACHE);
    in8(PORT_CONTROL);
    return wait_until_done() ? 0 : -EIO;
}
