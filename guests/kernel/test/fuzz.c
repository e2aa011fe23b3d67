/*
 * The kernel against a hostile program: children that make random system calls with random arguments, fork without end,
 * take all memory, overflow their stacks. Whatever they do, they end, the parent lives, and free memory comes back.
 *   fuzz [seed] [rounds] [calls a round]
 */
#include "test.h"

#define SYS_fork 2
#define SYS_waitpid 7
#define SYS_getpid 20
#define SYS_kill 37
#define SYS_setsid 66
#define SYS_setitimer 104
#define SYS_sysinfo 116
#define SYS_nanosleep 162
#define SYS_getdents64 220
#define WNOHANG 1
#define WALL 0x40000000

static u32 seed;
static u32 next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

static u32 number(const char *text)
{
    u32 value = 0;
    while (*text >= '0' && *text <= '9')
        value = value * 10 + (u32)(*text++ - '0');
    return value;
}

static u32 fork(void) { return (u32)call3(SYS_fork, 0, 0, 0); }

static void pause_for(u32 milliseconds)
{
    u32 time[2] = { 0, milliseconds * 1000000 };
    call3(SYS_nanosleep, time, 0, 0);
}

static u32 free_pages(void)
{
    u32 info[16];
    call3(SYS_sysinfo, info, 0, 0);
    return info[5] / PAGE;
}

/* Kills whoever is left and waits until nobody is. */
static void clear(void)
{
    u32 status;
    for (u32 tries = 0; tries < 200; tries++) {
        call3(SYS_kill, -1, 9, 0);
        pause_for(1);
        while (call3(SYS_waitpid, -1, &status, WNOHANG | WALL) > 0)
            ;
    }
}

static unsigned char area[4 * PAGE] __attribute__((aligned(4096)));

static u32 argument(void)
{
    static const u32 edges[] = { 0, 1, 2, 3, 4, 7, 8, 16, 64, 255, 256, 4095, 4096, 4097, 0x7fffffff, 0x80000000, 0xbfffffff, 0xc0000000, 0xc0100000,
                                 0xf0000000, 0xf0003ff0, 0xfffff000, 0xffffffff, 0xfffffffe, 0xffffff9c, 0x08048000, 0x40000000, 0xb7000000 };
    u32 kind = next() % 8;
    if (kind < 3)
        return edges[next() % (sizeof edges / sizeof *edges)];
    if (kind < 6)
        return (u32)area + next() % sizeof area;
    return kind == 6 ? next() % 64 : next();
}

/* Calls that would reach process 1, the one that asks. */
static int spares_parent(u32 call, u32 a, u32 b)
{
    int kills = call == SYS_kill || call == 238 || call == 270 || call == 178 || call == 335;
    return !kills || (a != 1 && b != 1 && a != (u32)-1 && a);
}

static void random_calls(u32 count)
{
    call3(SYS_setsid, 0, 0, 0);
    u32 soon[4] = { 0, 0, 0, 300000 };
    call3(SYS_setitimer, 0, soon, 0);
    for (u32 i = 0; i < count; i++) {
        u32 call = next() % 460, a[6];
        for (u32 j = 0; j < 6; j++)
            a[j] = argument();
        for (u32 j = 0; j < 16; j++)
            ((u32 *)area)[next() % (sizeof area / 4)] = argument();
        if (call == SYS_exit || call == 252 || call == SYS_write || call == SYS_writev || !spares_parent(call, a[0], a[1]))
            continue;
        call6(call, a[0], a[1], a[2], a[3], a[4], a[5]);
    }
}

static void bomb_of_forks(void)
{
    for (;;)
        if ((int)fork() < 0)
            pause_for(1);
}

static void bomb_of_memory(void)
{
    for (;;) {
        u32 at = map(0, 1 << 20, RW, PRIVATE_ANONYMOUS);
        if (at > 0xfffff000)
            continue;
        for (u32 page = 0; page < 256; page++)
            word_at(at + page * PAGE) = page;
    }
}

static void bomb_of_regions(void)
{
    for (u32 i = 0;; i++)
        map(0x10000000 + (i & 0x7fff) * 2 * PAGE, PAGE, i & 1 ? R : RW, PRIVATE_ANONYMOUS | FIXED);
}

#pragma GCC diagnostic ignored "-Winfinite-recursion"
static __attribute__((noinline)) u32 deep(u32 n)
{
    volatile u32 block[1024];
    block[0] = n;
    return deep(n + 1) + block[0];
}

static void run(u32 what, u32 calls)
{
    switch (what) {
    case 0: bomb_of_forks(); break;
    case 1: fork(), fork(), bomb_of_memory(); break;
    case 2: bomb_of_regions(); break;
    case 3: deep(0); break;
    default: random_calls(calls);
    }
    call3(SYS_exit, 0, 0, 0);
}

/* Files that random calls have made stay, and with each a page of its directory and a share of the inode table in memory. */
static u32 names(void)
{
    static unsigned char entries[PAGE];
    u32 directory = (u32)call3(SYS_open, "/", 0, 0), count = 0;
    int got;
    while ((got = call3(SYS_getdents64, directory, entries, sizeof entries)) > 0)
        for (int at = 0; at < got; at += *(unsigned short *)(entries + at + 16))
            count++;
    call3(SYS_close, directory, 0, 0);
    return count;
}

START(main)
{
    (void)edx;
    u32 first = stack[0] > 1 ? number((const char *)stack[2]) : 1, rounds = stack[0] > 2 ? number((const char *)stack[3]) : 40;
    u32 calls = stack[0] > 3 ? number((const char *)stack[4]) : 300, before = 0, files = 0;
    for (u32 round = 0; round < rounds; round++) {
        seed = (first + round) * 2654435761u | 1;
        for (u32 brothers = 0; brothers < 3; brothers++) {
            next();
            if (!fork())
                run(round < 8 ? round % 4 : 4, calls);
        }
        pause_for(round < 8 ? 500 : 400);
        clear();
        if (round == 7) {   /* caches have filled by now */
            files = names();
            before = free_pages();
        }
    }
    u32 made = names(), after = free_pages() + 2 * (made > files ? made - files : 0);
    check(1, "the kernel lives, and so do we");
    check(after + 16 > before, "free memory has come back");   /* a slab of each size may stay */
    if (after + 16 <= before) {
        print("# pages: ");
        print_number(before, 10);
        print(" before, ");
        print_number(after, 10);
        print(" after\n");
    }
    finish();
}
