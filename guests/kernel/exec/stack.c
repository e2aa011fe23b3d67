/*
 * The initial stack, as the i386 ABI and Linux lay it out, from the top down:
 *
 *   0 (4 bytes), path of the program, environment strings, argv strings, platform, 16 random bytes,
 *   auxv (pairs, ended by AT_NULL), envp (ended by NULL), argv (ended by NULL), argc   <- ESP, 16-aligned
 *
 * The strings come from boot/argv and boot/envp, each one ended by a NUL. A missing boot/argv counts as the path alone.
 * Source: System V ABI, Intel386 supplement, figure 2-17 and 3-31.
 */
#include "stack.h"
#include "../cpu/instructions.h"
#include "../fs/inode.h"
#include "../proc/task.h"
#include "../lib/string.h"
#include "../memlayout.h"
#include "../mm/user.h"
#include "../mm/vma.h"
#include "elf.h"
#include "random.h"

#define STRINGS_LIMIT 0x00100000u   /* of argv and envp together: far below the 8 MiB of the stack */

enum { AT_NULL, AT_PHDR = 3, AT_PHENT, AT_PHNUM, AT_PAGESZ, AT_BASE, AT_FLAGS, AT_ENTRY, AT_UID = 11, AT_EUID, AT_GID, AT_EGID,
       AT_PLATFORM, AT_HWCAP, AT_CLKTCK, AT_SECURE = 23, AT_RANDOM = 25, AT_EXECFN = 31 };

static u32 stack_pointer;
static int failed;

static u32 push(const void *bytes, u32 count)
{
    stack_pointer -= count;
    if (copy_to_user(stack_pointer, bytes, count))
        failed = 1;
    return stack_pointer;
}

/* Copies a file of strings to the stack, page by page; adds the final NUL when it lacks one. The address of the first. */
static u32 push_strings(struct inode *inode, u32 *count)
{
    *count = 0;
    if (!inode || !inode->size)
        return stack_pointer;
    char last;
    if (inode_read(inode, inode->size - 1, &last, 1) != 1 || last)
        push("", 1);
    stack_pointer -= inode->size;
    for (u32 page = 0; page * PAGE_SIZE < inode->size; page++) {
        u32 frame, part = inode->size - page * PAGE_SIZE;
        if (part > PAGE_SIZE)
            part = PAGE_SIZE;
        if (inode_page(inode, page, &frame) || copy_to_user(stack_pointer + page * PAGE_SIZE, to_virtual(frame), part)) {
            failed = 1;
            break;
        }
        for (u32 i = 0; i < part; i++)
            *count += ((char *)to_virtual(frame))[i] == 0;
    }
    *count += last != 0;
    return stack_pointer;
}

/* Writes `count` pointers to consecutive strings from `string` on, then NULL. */
static void write_pointers(u32 at, u32 string, u32 count)
{
    for (u32 i = 0; i < count && !failed; i++) {
        char c;
        failed |= copy_to_user(at + 4 * i, &string, 4) != 0;
        do
            failed |= copy_from_user(&c, string++, 1) != 0;
        while (c && !failed);
    }
    u32 null = 0;
    failed |= copy_to_user(at + 4 * count, &null, 4) != 0;
}

u32 stack_build(const struct image *image, int randomise)
{
    struct inode *argv_file = inode_find("boot/argv"), *envp_file = inode_find("boot/envp");
    u32 length = (argv_file ? argv_file->size : 0), argc, envc, features, random[4];
    if (length > STRINGS_LIMIT || (envp_file && envp_file->size > STRINGS_LIMIT - length))
        return 0;
    length += envp_file ? envp_file->size : 0;

    /* Room for the strings, and for a pointer to each: a string may be a lone NUL. */
    struct vma stack = { .start = current->mm->stack_top - STACK_START - page_up(length * 5), .end = current->mm->stack_top,
                         .prot = PROT_READ | PROT_WRITE, .flags = VMA_GROWSDOWN, .kind = VMA_STACK, .name = "[stack]" };
    if (vma_add(&stack))
        return 0;

    failed = 0;
    stack_pointer = current->mm->stack_top - 4;
    u32 execfn = push(current->mm->path, strlen(current->mm->path) + 1);
    current->mm->env_end = stack_pointer;
    u32 environment = push_strings(envp_file, &envc);
    current->mm->env_start = current->mm->arg_end = environment;
    u32 arguments = push_strings(argv_file, &argc);
    if (!argc) {
        arguments = push(current->mm->path, strlen(current->mm->path) + 1);
        argc = 1;
    }
    current->mm->arg_start = arguments;
    u32 platform = push("i686", 5);
    if (randomise)   /* the top is on a page: the rest of the randomness is here, 16 bytes to 8 KiB */
        stack_pointer -= random_u32() & 0x1ff0;
    for (u32 i = 0; i < COUNT(random); i++)
        random[i] = random_u32();
    stack_pointer &= ~15u;
    u32 random_bytes = push(random, sizeof random);

    cpuid(1, &features);
    const u32 auxv[][2] = {
        { AT_HWCAP, features }, { AT_PAGESZ, PAGE_SIZE }, { AT_CLKTCK, 100 },
        { AT_PHDR, image->headers }, { AT_PHENT, sizeof(struct program_header) }, { AT_PHNUM, image->header_count },
        { AT_BASE, 0 }, { AT_FLAGS, 0 }, { AT_ENTRY, image->entry },
        { AT_UID, 1000 }, { AT_EUID, 1000 }, { AT_GID, 1000 }, { AT_EGID, 1000 }, { AT_SECURE, 0 },
        { AT_RANDOM, random_bytes }, { AT_EXECFN, execfn }, { AT_PLATFORM, platform }, { AT_NULL, 0 },
    };
    u32 words = 1 + argc + 1 + envc + 1;
    stack_pointer = (stack_pointer - sizeof auxv - words * 4) & ~15u;
    failed |= copy_to_user(stack_pointer, &argc, 4) != 0;
    write_pointers(stack_pointer + 4, arguments, argc);
    write_pointers(stack_pointer + 4 + (argc + 1) * 4, environment, envc);
    failed |= copy_to_user(stack_pointer + words * 4, auxv, sizeof auxv) != 0;
    return failed ? 0 : stack_pointer;
}
