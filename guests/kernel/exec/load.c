/*
 * Layout, segments, stack. With randomisation, by pages, from the seed:
 *   stack top 0-16 MiB down, mmap base 0-1 MiB down, heap 0-32 MiB up, a position-independent image 0-1 MiB up
 */
#include "load.h"
#include "../fs/mount.h"
#include "../lib/string.h"
#include "../memlayout.h"
#include "../mm/frames.h"
#include "../proc/task.h"
#include "elf.h"
#include "program_file.h"
#include "random.h"
#include "stack.h"

static int randomised;

void load_randomised(int on)
{
    randomised = on;
}

static u32 random_pages(u32 pages)
{
    return randomised ? (random_u32() & (pages - 1)) * PAGE_SIZE : 0;
}

/* A path that is too long keeps its beginning. */
static void note_program(struct mm *mm, struct dentry *file)
{
    u32 frame = frame_alloc();
    const char *path = frame ? dentry_path(file, root_dentry, to_virtual(frame)) : NULL;
    copy_string(mm->path, path ? path : "", sizeof mm->path);
    if (frame)
        frame_release(frame);
    program_hold(file);
    mm->exe = file;
}

/* RLIMIT_STACK, within reason: room for the strings, and for everything else. */
static u32 stack_limit(void)
{
    u32 limit = current->process->limits[RLIMIT_STACK][0] & PAGE_MASK;
    return limit < STACK_LEAST ? STACK_LEAST : limit > STACK_MOST ? STACK_MOST : limit;
}

const char *load(const struct program *program)
{
    struct image image;
    struct mm *mm = current->mm;
    mm->stack_top = USER_END - random_pages(4096);
    mm->stack_limit = mm->stack_top - stack_limit();
    mm->mmap_base = MMAP_BASE - random_pages(256);
    u32 random_heap = random_pages(8192);
    note_program(mm, program->file);

    const char *why = elf_map(program->file->inode, PIE_BASE + random_pages(256), &image);
    if (why)
        return why;
    mm->start_brk = mm->brk = image.end + random_heap;
    mm->entry = image.entry;
    mm->start_stack = stack_build(&image, program->arguments, program->path, randomised);
    return mm->start_stack ? NULL : "no room for the stack, its arguments and its environment";
}
