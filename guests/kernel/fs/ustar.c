/*
 * A ustar archive as a read-only file system: a header sector a file, then its contents in whole sectors. Only the
 * headers are read at boot. Source: POSIX.1, pax, "ustar Interchange Format".
 *
 *   0 name[100]   100 mode[8]   124 size[12]   136 mtime[12]   148 checksum[8]   156 type   257 "ustar"   345 prefix[155]
 * Numbers are octal text. Type '0' or NUL: file, '5': directory. *Not modelled*: links, devices, pax extensions (skipped).
 */
#include "ustar.h"
#include "../dev/ata.h"
#include "../lib/string.h"
#include "../log.h"
#include "inode.h"
#include "regular.h"

#define MAX_ENTRIES 8192u

static u8 header[512];

static u32 octal(const u8 *field, u32 width)
{
    u32 value = 0;
    for (u32 i = 0; i < width && field[i] >= '0' && field[i] <= '7'; i++) {
        if (value >> 29)
            return 0xffffffff;   /* more than 32 bits: too large for us, whatever it is */
        value = value << 3 | (u32)(field[i] - '0');
    }
    return value;
}

static int checksum_holds(void)
{
    u32 sum = 0;
    for (u32 i = 0; i < sizeof header; i++)
        sum += i >= 148 && i < 156 ? ' ' : header[i];
    return sum == octal(header + 148, 8);
}

static void entry_path(char to[PATH_LIMIT + 8])
{
    char name[101], prefix[156];
    memcpy(name, header, 100);
    name[100] = 0;
    memcpy(prefix, header + 345, 155);
    prefix[155] = 0;
    u32 length = copy_string(to, prefix, PATH_LIMIT);
    if (length)
        to[length++] = '/';
    copy_string(to + length, name, PATH_LIMIT + 8 - length);
}

/* Archives need not name the directories their files are in. */
static void add_parents(char *path)
{
    for (char *c = path; *c; c++) {
        if (*c != '/' || !c[1])
            continue;
        *c = 0;
        if (!inode_find(path)) {
            struct inode *inode = inode_add(path, INODE_DIRECTORY);
            if (inode)
                inode->mode = 0755;
        }
        *c = '/';
    }
}

static int add_entry(u32 sector, u32 size)
{
    char path[PATH_LIMIT + 8];
    u8 type = header[156];
    if (type != '0' && type != 0 && type != '5')
        return 0;
    entry_path(path);
    if (type == '5' && inode_find(path))
        return 0;
    add_parents(path);
    struct inode *inode = inode_add(path, type == '5' ? INODE_DIRECTORY : INODE_FILE);
    if (!inode)
        return 0;
    inode->size = type == '5' ? 0 : size;
    inode->sector = sector;
    inode->mode = octal(header + 100, 8) & 07777;
    inode->mtime = octal(header + 136, 12);
    inode->operations = &regular_operations;
    return 1;
}

u32 ustar_mount(u32 sector)
{
    u32 files = 0;
    for (u32 entries = 0; entries < MAX_ENTRIES; entries++) {
        if (ata_read(sector, 1, header) || !header[0])
            break;
        u32 size = octal(header + 124, 12);
        if (memcmp(header + 257, "ustar", 5) || !checksum_holds() || size > 0x7fffffff) {
            log_line("root file system: bad header at sector %u", sector);
            break;
        }
        files += (u32)add_entry(sector + 1, size);
        sector += 1 + (size + 511) / 512;
    }
    return files;
}
