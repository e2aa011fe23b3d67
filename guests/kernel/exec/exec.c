/*
 * From a path to a running program: address space, layout (randomised from the seed), segments, stack, first entry to
 * ring 3. The registers are zero but for ESP: EDX = 0 says that there is no function to register with atexit (i386 ABI).
 *
 *   aslr=on    stack top 0-16 MiB down, mmap base 0-1 MiB down, heap 0-32 MiB up, all by pages
 */
#include "exec.h"
#include "../cpu/instructions.h"
#include "../cpu/segments.h"
#include "../cpu/trap.h"
#include "../fs/inode.h"
#include "../lib/format.h"
#include "../lib/string.h"
#include "../log.h"
#include "../memlayout.h"
#include "../mm/pagetable.h"
#include "../mm/vma.h"
#include "../proc/task.h"
#include "cmdline.h"
#include "elf.h"
#include "random.h"
#include "stack.h"

#define EFLAGS_START 0x202u   /* IF, and bit 1, which is always one */

static void refuse(const char *path, const char *why, u32 code) __attribute__((noreturn));
static void refuse(const char *path, const char *why, u32 code)
{
    log_line("cannot run %s: %s", path, why);
    current->process->wait_status = code << 8;
    current->state = TASK_ENDED;
    end_run(code << 8);
}

static u32 random_pages(u32 pages)
{
    return (random_u32() & (pages - 1)) * PAGE_SIZE;
}

static void name_task(const char *path)
{
    const char *last = path;
    for (const char *c = path; *c; c++)
        if (*c == '/')
            last = c + 1;
    copy_string(current->name, last, sizeof current->name);
    format(current->mm->path, sizeof current->mm->path, "/%s", path);
}

static void enter(u32 entry, u32 stack) __attribute__((noreturn));
static void enter(u32 entry, u32 stack)
{
    struct trap_frame *frame = task_frame(current);
    *frame = (struct trap_frame){ .ds = USER_DS, .es = USER_DS, .eip = entry, .cs = USER_CS, .eflags = EFLAGS_START, .esp = stack, .ss = USER_DS };
    current->state = TASK_RUNNING;
    __asm__ volatile("movl %0, %%esp\n\tjmp trap_return" : : "r"(frame) : "memory");
    __builtin_unreachable();
}

void exec_init(const struct cmdline *cmdline)
{
    struct image image;
    struct inode *inode = inode_find(cmdline->init);
    if (!inode || inode->kind != INODE_FILE)
        refuse(cmdline->init, "no such file", 127);
    name_task(inode->path);

    u32 random_stack = 0, random_map = 0, random_heap = 0, random_image = 0;
    if (cmdline->aslr) {
        random_stack = random_pages(4096);
        random_map = random_pages(256);
        random_heap = random_pages(8192);
        random_image = random_pages(256);
    }
    current->mm->stack_top = USER_END - random_stack;
    current->mm->stack_limit = current->mm->stack_top - STACK_LIMIT;
    current->mm->mmap_base = MMAP_BASE - random_map;

    const char *why = elf_map(inode, PIE_BASE + random_image, &image);
    if (why)
        refuse(inode->path, why, 126);
    current->mm->start_brk = current->mm->brk = image.end + random_heap;
    current->mm->entry = image.entry;
    current->mm->start_stack = stack_build(&image, cmdline->aslr);
    if (!current->mm->start_stack)
        refuse(inode->path, "no room for the stack, its arguments and its environment", 126);
    log_line("pid 1: /%s, entry %08x, heap %08x, mmap base %08x, stack %08x, seed %u%s", inode->path, image.entry, current->mm->brk,
             current->mm->mmap_base, current->mm->start_stack, cmdline->seed, cmdline->aslr ? "" : ", aslr off");
    enter(image.entry, current->mm->start_stack);
}
