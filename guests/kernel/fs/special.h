/* Files that are no contents of a file system: devices by number, named pipes, sockets. */
#pragma once
#include "file.h"

#define DEVICES_MAX 32u

/** Gives an inode of such a type what opening it needs. */
void special_inode(struct inode *inode);
struct device {
    u32 number;
    const struct file_operations *operations;
    u32 map, map_base, map_size;   /* as in struct inode */
};

/** A character device there is. */
void device_add(const struct device *device);
