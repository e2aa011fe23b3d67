/* What a program is given: registers, argc, argv, envp, auxv; a stack that grows; a TLS segment. */
#include "test.h"

/* Uses 64 KiB of stack a level. */
static __attribute__((noinline)) u32 deep(u32 levels)
{
    volatile char block[65536];
    block[0] = (char)levels;
    return levels ? deep(levels - 1) + (u32)block[0] - (u32)(levels & 0xff) + 1 : 0;
}

START(start)
{
    equal((u32)stack & 15, 0, "ESP is 16-aligned at the entry");
    equal(edx, 0, "EDX is 0");
    u32 argc = stack[0], *argv = stack + 1, *envp = argv + argc + 1;
    check(argc >= 1 && argv[0] && !argv[argc], "argv, ended by NULL");
    for (u32 i = 1; i < argc; i++) {
        print("# argument ");
        print((const char *)argv[i]);
        print("\n");
    }
    u32 last = argv[argc - 1];
    check(!envp[0] || envp[0] == last + length((const char *)last) + 1, "the environment lies right after the arguments");
    equal(auxiliary(stack, 6), PAGE, "AT_PAGESZ");
    equal(auxiliary(stack, 4), 32, "AT_PHENT");
    equal(auxiliary(stack, 17), 100, "AT_CLKTCK");
    equal(auxiliary(stack, 7), 0, "AT_BASE: no interpreter");
    const u32 *header = (const u32 *)(auxiliary(stack, 3) - 52);
    equal(header[0], 0x464c457f, "AT_PHDR: the headers are in memory, after the ELF header");
    equal(auxiliary(stack, 5), ((const unsigned short *)header)[22], "AT_PHNUM");
    equal(auxiliary(stack, 9), header[6], "AT_ENTRY");
    check(auxiliary(stack, 11) == auxiliary(stack, 12) && auxiliary(stack, 13) == auxiliary(stack, 14), "AT_UID, AT_EUID, AT_GID, AT_EGID");
    equal(auxiliary(stack, 23), 0, "AT_SECURE");
    const u32 *random = (const u32 *)auxiliary(stack, 25);
    check(random[0] | random[1] | random[2] | random[3], "AT_RANDOM");
    check(length((const char *)auxiliary(stack, 31)) > 0, "AT_EXECFN");
    check(auxiliary(stack, 15) > (u32)stack, "AT_PLATFORM");

    equal(deep(100), 100, "the stack grows to 6.4 MiB");
    u32 below = ((u32)stack - (8u << 20) - PAGE) & ~4095u;
    check(!readable(below), "and not beyond 8 MiB");

    static u32 block[4] = { 0x11, 0x22, 0x33, 0x44 };
    u32 descriptor[4] = { (u32)-1, (u32)block, 0xfffff, 0x51 };
    equal((u32)call3(SYS_set_thread_area, descriptor, 0, 0), 0, "set_thread_area");
    u32 selector = descriptor[0] * 8 + 3, value;
    __asm__ volatile("movw %w1, %%gs\n\tmovl %%gs:8, %0" : "=r"(value) : "r"(selector));
    equal(value, 0x33, "%gs reaches the block");
    u32 empty[4] = { descriptor[0], 0, 0, 0x28 };
    equal((u32)call3(SYS_set_thread_area, empty, 0, 0), 0, "the descriptor is taken away under a loaded selector");
    __asm__ volatile("movw %%gs, %w0" : "=r"(value));
    equal(value & 0xffff, 0, "which then is null");
    finish();
}
