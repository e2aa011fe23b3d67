/* What is in /dev: a file system of its own, made at boot. */
#include "devices.h"
#include "../errno.h"
#include "../exec/cmdline.h"
#include "../fs/inode_cache.h"
#include "../fs/mount.h"
#include "../fs/names.h"
#include "../fs/special.h"
#include "../fs/task_files.h"
#include "../fs/tmpfs/tmpfs.h"
#include "../log.h"
#include "../proc/task.h"
#include "stream.h"
#include "tty.h"

#define DEV_PAGES 256u   /* files somebody makes there */

static const struct {
    const char *path;
    u32 number, mode;
} nodes[] = {
    { "/dev/mem", device_number(1, 1), 0600 },    { "/dev/null", device_number(1, 3), 0666 },   { "/dev/zero", device_number(1, 5), 0666 },
    { "/dev/full", device_number(1, 7), 0666 },   { "/dev/random", device_number(1, 8), 0666 }, { "/dev/urandom", device_number(1, 9), 0666 },
    { "/dev/tty", device_number(5, 0), 0666 },    { "/dev/console", device_number(5, 1), 0600 }, { "/dev/ttyS0", device_number(4, 64), 0620 },
    { "/dev/ttyS1", device_number(4, 65), 0620 }, { "/dev/fb0", device_number(29, 0), 0600 },
};

static const char *const links[][2] = {
    { "/dev/fd", "/proc/self/fd" }, { "/dev/stdin", "/proc/self/fd/0" }, { "/dev/stdout", "/proc/self/fd/1" }, { "/dev/stderr", "/proc/self/fd/2" },
    { "/dev/fb", "fb0" },
};

void devices_init(void)
{
    static const u32 terminals[] = { device_number(5, 0), device_number(5, 1), device_number(4, 64), device_number(4, 65) };
    for (u32 i = 0; i < MEMORY_DEVICES; i++)
        device_add(&memory_devices[i]);
    for (u32 i = 0; i < COUNT(terminals); i++)
        device_add(&(struct device){ .number = terminals[i], .operations = &tty_operations });
}

static void add_node(const char *path, u32 number, u32 mode)
{
    struct walk walk;
    if (walk_path(NULL, path, WALK_PARENT, &walk))
        return;
    names_create(&walk, S_IFCHR | mode, number, NULL);
    walk_end(&walk);
}

static void add_link(const char *path, const char *target)
{
    struct walk walk;
    if (walk_path(NULL, path, WALK_PARENT, &walk))
        return;
    names_symlink(&walk, target);
    walk_end(&walk);
}

void devices_mount(void)
{
    struct super *super;
    struct dentry *place = path_find("/dev");
    struct inode *root = place ? tmpfs_create("devtmpfs", 6, DEV_PAGES, 0755, &super) : NULL;
    if (!root || mount(super, root, place)) {
        log_line("/dev: not mounted");
        return;
    }
    dentry_release(place);
    u32 umask = current->fs->umask;
    current->fs->umask = 0;
    for (u32 i = 0; i < COUNT(nodes); i++)
        add_node(nodes[i].path, nodes[i].number, nodes[i].mode);
    for (u32 i = 0; i < COUNT(links); i++)
        add_link(links[i][0], links[i][1]);
    current->fs->umask = umask;
}

struct file *standard_input;

/* What the host's standard input holds, where that is a file; it is held, so that the host can see how far it has been read. */
static struct file *open_input(const struct cmdline *cmdline)
{
    s32 error;
    struct dentry *dentry = path_find("/boot/stdin");
    struct file *file = dentry ? file_open(dentry, O_RDONLY, &error) : NULL;
    if (dentry)
        dentry_release(dentry);
    if (file) {
        file->position = cmdline->stdin_position;
        standard_input = file_share(file);
    }
    return file;
}

static struct file *open_stream(const struct cmdline *cmdline, u32 number)
{
    static const char *const terminals[3] = { "/dev/ttyS0", "/dev/ttyS0", "/dev/ttyS1" };
    static const u32 access[3] = { O_RDONLY, O_WRONLY, O_WRONLY };
    s32 error;
    int terminal = cmdline->terminals >> number & 1;
    struct dentry *dentry = terminal ? path_find(terminals[number]) : stream_dentry(number);
    struct file *file = dentry ? file_open(dentry, terminal ? O_RDWR : access[number], &error) : NULL;
    if (dentry)
        dentry_release(dentry);
    return file;
}

void devices_open_standard(const struct cmdline *cmdline)
{
    for (u32 i = 0; i < 3; i++) {
        struct file *file = i == 0 && cmdline->stdin_is_file ? open_input(cmdline) : open_stream(cmdline, i);
        if (!file || descriptor_add(file, i, 0) != (s32)i)
            panic(NULL, "descriptor %u cannot be opened", i);
    }
}
