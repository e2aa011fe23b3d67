/*
 * The initial stack, as the i386 ABI and Linux lay it out, from the top down:
 *
 *   0 (4 bytes), path of the program, environment strings, argv strings, platform, 16 random bytes,
 *   auxv (pairs, ended by AT_NULL), envp (ended by NULL), argv (ended by NULL), argc   <- ESP, 16-aligned
 *
 * Source: System V ABI, Intel386 supplement, figure 2-17 and 3-31.
 */
#include "stack.h"
#include "../cpu/instructions.h"
#include "../proc/task.h"
#include "../lib/string.h"
#include "../memlayout.h"
#include "../mm/user.h"
#include "../mm/vma.h"
#include "../sys/credentials.h"
#include "arguments.h"
#include "elf.h"
#include "random.h"

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

/* Writes `count` pointers to consecutive strings, the first of which is at `offset` and goes to `base` + `offset`, then NULL.
   The offset after the last. */
static u32 write_pointers(const struct arguments *arguments, u32 at, u32 base, u32 offset, u32 count)
{
    u32 pointer;
    for (u32 i = 0; i < count && !failed; i++) {
        pointer = base + offset;
        failed |= copy_to_user(at + 4 * i, &pointer, 4) != 0;
        offset += arguments_string_length(arguments, offset);
    }
    pointer = 0;
    failed |= copy_to_user(at + 4 * count, &pointer, 4) != 0;
    return offset;
}

u32 stack_build(const struct image *image, const struct arguments *arguments, const char *path, int randomise)
{
    u32 features, random[4], argc = arguments->argc, envc = arguments->envc;

    /* Room for the strings, and for a pointer to each: a string may be a lone NUL. */
    struct vma stack = { .start = current->mm->stack_top - STACK_START - page_up(arguments->length * 5), .end = current->mm->stack_top,
                         .prot = PROT_READ | PROT_WRITE, .flags = VMA_GROWSDOWN, .kind = VMA_STACK, .name = "[stack]" };
    if (vma_add(&stack))
        return 0;

    failed = 0;
    stack_pointer = current->mm->stack_top - 4;
    u32 execfn = push(path, strlen(path) + 1);
    current->mm->env_end = stack_pointer;
    stack_pointer -= arguments->length;
    u32 strings = current->mm->arg_start = stack_pointer;
    failed |= arguments_copy(arguments, strings) != 0;
    current->mm->env_start = current->mm->arg_end = strings + arguments->environment;
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
        { AT_UID, USER_ID }, { AT_EUID, USER_ID }, { AT_GID, USER_ID }, { AT_EGID, USER_ID }, { AT_SECURE, 0 },
        { AT_RANDOM, random_bytes }, { AT_EXECFN, execfn }, { AT_PLATFORM, platform }, { AT_NULL, 0 },
    };
    u32 words = 1 + argc + 1 + envc + 1;
    stack_pointer = (stack_pointer - sizeof auxv - words * 4) & ~15u;
    failed |= copy_to_user(stack_pointer, &argc, 4) != 0;
    u32 offset = write_pointers(arguments, stack_pointer + 4, strings, 0, argc);
    write_pointers(arguments, stack_pointer + 4 + (argc + 1) * 4, strings, offset, envc);
    failed |= copy_to_user(stack_pointer + words * 4, auxv, sizeof auxv) != 0;
    return failed ? 0 : stack_pointer;
}
