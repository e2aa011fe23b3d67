/* The tree: the root's files, a directory a process, and what is in it. Inodes are made as they are looked up. */
#include "../../errno.h"
#include "../../lib/format.h"
#include "../../lib/string.h"
#include "../../mm/kmalloc.h"
#include "../file.h"
#include "../inode_cache.h"
#include "../lister.h"
#include "internal.h"

#define PROC_MAGIC 0x9fa0u
#define FIRST_PROCESS 256u   /* file positions: files first, then this plus the number of the process */

struct inode *proc_inode(struct super *super, u32 number, const struct node *node)
{
    struct inode *inode = inode_make(super, number, node->mode);
    if (!inode)
        return NULL;
    inode->data = (void *)node;
    inode->links = is_directory(inode) ? 2 : 1;
    inode->operations = node->operations ? node->operations : &proc_leaf_operations;
    inode->file_operations = node->file_operations ? node->file_operations : &text_operations;
    return inode;
}

static int is_called(const struct node *node, struct name name)
{
    return strlen(node->name) == name.length && !memcmp(node->name, name.text, name.length);
}

static u32 number_in(struct name name)
{
    u32 value = 0;
    for (u32 i = 0; i < name.length; i++) {
        if (name.text[i] < '0' || name.text[i] > '9' || value > PID_MAX)
            return 0;
        value = value * 10 + (u32)(name.text[i] - '0');
    }
    return value;
}

static s32 give(struct inode *inode, struct inode **found)
{
    *found = inode;
    return inode ? 0 : -ENOMEM;
}

static s32 look_up_root(struct inode *directory, struct name name, struct inode **found)
{
    for (u32 i = 0; i < proc_root_count; i++)
        if (is_called(&proc_root_nodes[i], name))
            return give(proc_inode(directory->super, PROC_ROOT + 1 + i, &proc_root_nodes[i]), found);
    u32 pid = number_in(name);
    if (!pid || !process_find(pid))
        return -ENOENT;
    return give(proc_inode(directory->super, number_of(pid, 0), &proc_process_node), found);
}

static s32 look_up_process(struct inode *directory, struct name name, struct inode **found)
{
    u32 pid = pid_of(directory);
    for (u32 i = 0; i < proc_process_count && process_find(pid); i++)
        if (is_called(&proc_process_nodes[i], name))
            return give(proc_inode(directory->super, number_of(pid, i + 1), &proc_process_nodes[i]), found);
    return -ENOENT;
}

static s32 list_nodes(struct file *file, struct lister *lister, const struct node *nodes, u32 count, u32 first)
{
    s32 stop = list_dots(file, lister);
    for (u32 i = (u32)file->position - 2; !stop && i < count; i++) {
        struct name name = { nodes[i].name, strlen(nodes[i].name) };
        stop = lister->put(lister, name, first + i, nodes[i].mode, i + 3);
        if (!stop)
            file->position = i + 3;
    }
    return stop;
}

static s32 list_root(struct file *file, struct lister *lister)
{
    s32 stop = file->position < FIRST_PROCESS ? list_nodes(file, lister, proc_root_nodes, proc_root_count, PROC_ROOT + 1) : 0;
    while (!stop) {   /* the process of the lowest number not yet listed */
        u32 from = file->position > FIRST_PROCESS ? (u32)file->position - FIRST_PROCESS : 1, least = PID_MAX + 1;
        char text[12];
        for (const struct process *process = processes; process; process = process->next)
            if (process->pid >= from && process->pid < least)
                least = process->pid;
        if (least > PID_MAX)
            break;
        struct name name = { text, format(text, sizeof text, "%u", least) };
        stop = lister->put(lister, name, number_of(least, 0), S_IFDIR, FIRST_PROCESS + least + 1);
        if (!stop)
            file->position = FIRST_PROCESS + least + 1;
    }
    return stop;
}

static s32 list_process(struct file *file, struct lister *lister)
{
    return list_nodes(file, lister, proc_process_nodes, proc_process_count, number_of(pid_of(file->inode), 1));
}

static s32 readlink(struct inode *inode, char *to, u32 size)
{
    u32 pid = pid_of(inode);
    struct process *process = pid ? process_find(pid) : NULL;
    return pid && !process ? -ENOENT : node_of(inode)->link(to, size, process);
}

static struct dentry *follow(struct inode *inode)
{
    struct process *process = process_find(pid_of(inode));
    return process ? node_of(inode)->follow(process) : NULL;
}

static const struct inode_operations root_operations = { .lookup = look_up_root };
static const struct inode_operations process_operations = { .lookup = look_up_process };
static const struct file_operations root_directory = { .list = list_root };
static const struct file_operations process_directory = { .list = list_process };
const struct inode_operations proc_leaf_operations = { .readlink = readlink };
const struct inode_operations proc_follow_operations = { .readlink = readlink, .follow = follow };

static const struct node root_node = { .mode = S_IFDIR | 0555, .file_operations = &root_directory, .operations = &root_operations };
const struct node proc_process_node = { .mode = S_IFDIR | 0555, .file_operations = &process_directory, .operations = &process_operations };

static void statfs(struct super *super, struct statfs *to)
{
    (void)super;
    *to = (struct statfs){ .type = PROC_MAGIC, .block_size = 4096, .name_length = NAME_LIMIT };
}

static const struct super_operations super_operations = { .statfs = statfs };

struct inode *proc_create(struct super **super)
{
    struct super *fs = kmalloc(sizeof *fs);
    if (!fs)
        return NULL;
    *fs = (struct super){ .operations = &super_operations, .device = device_number(0, 5), .type = "proc", .source = "proc" };
    *super = fs;
    return proc_inode(fs, PROC_ROOT, &root_node);
}
