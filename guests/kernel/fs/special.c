/* Opening a special file finds its operations. */
#include "special.h"
#include "../errno.h"
#include "../log.h"
#include "pipe.h"

static struct device devices[DEVICES_MAX];
static u32 device_count;

void device_add(const struct device *device)
{
    if (device_count == DEVICES_MAX)
        panic(NULL, "too many devices");
    devices[device_count++] = *device;
}

static const struct device *find(const struct inode *inode)
{
    for (u32 i = 0; i < device_count; i++)
        if (devices[i].number == inode->device)
            return &devices[i];
    return NULL;
}

static s32 open_device(struct file *file)
{
    const struct device *device = find(file->inode);
    if (!device)
        return -ENXIO;
    file->operations = device->operations;
    file->inode->map = device->map;
    file->inode->map_base = device->map_base;
    file->inode->map_size = device->map_size;
    return device->operations->open ? device->operations->open(file) : 0;
}

static s32 open_nothing(struct file *file)
{
    (void)file;
    return -ENXIO;
}

static const struct file_operations character_device = { .open = open_device };
static const struct file_operations nothing = { .open = open_nothing };

void special_inode(struct inode *inode)
{
    switch (inode->mode & S_IFMT) {
    case S_IFCHR: inode->file_operations = &character_device; break;
    case S_IFIFO: inode->file_operations = &fifo_operations; break;
    default: inode->file_operations = &nothing;
    }
}
