/*
 * /dev/null, /dev/zero, /dev/console and /dev/tty (COM1), /dev/stderr (COM2), /dev/fb (the text screen, to be mapped),
 * /proc/self/maps; and the standard descriptors 0, 1 and 2.
 */
#include "devices.h"
#include "../errno.h"
#include "../fs/file.h"
#include "../fs/proc_maps.h"
#include "../proc/task.h"
#include "../memlayout.h"
#include "../mm/user.h"
#include "screen.h"
#include "uart.h"

#define CHUNK 256u

static s32 null_read(struct file *file, u32 buffer, u32 count)
{
    (void)file, (void)buffer, (void)count;
    return 0;
}

static s32 null_write(struct file *file, u32 buffer, u32 count)
{
    (void)file, (void)buffer;
    return (s32)count;
}

static s32 zero_read(struct file *file, u32 buffer, u32 count)
{
    (void)file;
    return clear_user(buffer, count) ? -EFAULT : (s32)count;
}

/* A read waits only if the buffer is good, which writing its own bytes back shows: no input is taken that cannot be delivered. */
static s32 console_read(struct file *file, u32 buffer, u32 count)
{
    u8 bytes[CHUNK];
    u32 done = 0;
    (void)file;
    while (done < count) {
        u32 part = count - done < CHUNK ? count - done : CHUNK;
        if (copy_from_user(bytes, buffer + done, part) || copy_to_user(buffer + done, bytes, part))
            return done ? (s32)done : -EFAULT;
        current->state = TASK_SLEEPING;
        u32 got = uart_read(bytes, part);
        current->state = TASK_RUNNING;
        copy_to_user(buffer + done, bytes, got);
        done += got;
        if (got < part || bytes[got - 1] == '\n')
            break;
    }
    return (s32)done;
}

static s32 port_write(u16 port, u32 buffer, u32 count)
{
    u8 bytes[CHUNK];
    for (u32 done = 0; done < count;) {
        u32 part = count - done < CHUNK ? count - done : CHUNK;
        if (copy_from_user(bytes, buffer + done, part))
            return done ? (s32)done : -EFAULT;
        uart_write(port, bytes, part);
        done += part;
    }
    return (s32)count;
}

static s32 console_write(struct file *file, u32 buffer, u32 count)
{
    (void)file;
    return port_write(COM1, buffer, count);
}

static s32 error_write(struct file *file, u32 buffer, u32 count)
{
    (void)file;
    return port_write(COM2, buffer, count);
}

static const struct file_operations null_operations = { null_read, null_write };
static const struct file_operations zero_operations = { zero_read, null_write };
static const struct file_operations console_operations = { console_read, console_write };
static const struct file_operations error_operations = { NULL, error_write };
static const struct file_operations mapped_operations = { NULL, NULL };

static struct inode *add(const char *path, const struct file_operations *operations, u32 device)
{
    struct inode *inode = inode_add(path, INODE_DEVICE);
    if (inode) {
        inode->operations = operations;
        inode->device = device;
        inode->mode = 0666;
    }
    return inode;
}

void devices_init(void)
{
    static const char *const directories[] = { "", "dev", "proc", "proc/self" };
    for (u32 i = 0; i < COUNT(directories); i++)
        inode_add(directories[i], INODE_DIRECTORY)->mode = 0755;
    add("dev/null", &null_operations, DEVICE_UNMAPPABLE);
    add("dev/zero", &zero_operations, DEVICE_ZERO);
    add("dev/fb", &mapped_operations, SCREEN_PHYSICAL)->size = SCREEN_SIZE;
    add("dev/tty", &console_operations, DEVICE_UNMAPPABLE);
    add("proc/self/maps", &maps_operations, DEVICE_UNMAPPABLE)->mode = 0444;
    struct inode *console = add("dev/console", &console_operations, DEVICE_UNMAPPABLE);
    struct inode *errors = add("dev/stderr", &error_operations, DEVICE_UNMAPPABLE);
    file_open(console, O_RDONLY);
    file_open(console, O_WRONLY);
    file_open(errors, O_WRONLY);
}
