/*
 * What the test programs share: system calls, output, and check(), which prints "ok N what" or "not ok N what". They run
 * natively on Linux/i386 too, with the same output. A program's exit status is the number of failed checks.
 */
#pragma once

typedef unsigned int u32;

static inline int call6(u32 number, u32 a, u32 b, u32 c, u32 d, u32 e, u32 f)
{
    int answer;
    u32 args[2] = { number, f };
    __asm__ volatile("pushl %%ebp\n\tmovl 4(%%eax), %%ebp\n\tmovl (%%eax), %%eax\n\tint $0x80\n\tpopl %%ebp"
                     : "=a"(answer) : "a"(args), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory");
    return answer;
}
#define call3(number, a, b, c) call6(number, (u32)(a), (u32)(b), (u32)(c), 0, 0, 0)

#define SYS_exit 1
#define SYS_read 3
#define SYS_write 4
#define SYS_open 5
#define SYS_close 6
#define SYS_lseek 19
#define SYS_brk 45
#define SYS_ioctl 54
#define SYS_munmap 91
#define SYS_mprotect 125
#define SYS_writev 146
#define SYS_mremap 163
#define SYS_mmap2 192
#define SYS_fstat64 197
#define SYS_madvise 219
#define SYS_set_thread_area 243

#define EPERM 1
#define ENOENT 2
#define EBADF 9
#define ENOMEM 12
#define EACCES 13
#define EFAULT 14
#define EEXIST 17
#define EINVAL 22
#define ENOTTY 25

#define PAGE 4096u
#define R 1
#define RW 3
#define NONE 0
#define PRIVATE_ANONYMOUS 0x22
#define FIXED 0x10
#define NOREPLACE 0x100000

static u32 checks, failures;

static u32 length(const char *text)
{
    u32 n = 0;
    while (text[n])
        n++;
    return n;
}

static void print(const char *text)
{
    call3(SYS_write, 1, text, length(text));
}

static inline void print_number(u32 value, u32 base)
{
    char digits[12];
    int at = 11;
    digits[at] = 0;
    do
        digits[--at] = "0123456789abcdef"[value % base];
    while (value /= base);
    print(digits + at);
}

static inline void check(int good, const char *what)
{
    print(good ? "ok " : "not ok ");
    print_number(++checks, 10);
    print(" ");
    print(what);
    print("\n");
    failures += !good;
}

/* A check that two numbers are equal; shows them when they are not. */
static inline void equal(u32 got, u32 wanted, const char *what)
{
    check(got == wanted, what);
    if (got != wanted) {
        print("#   got 0x");
        print_number(got, 16);
        print(", wanted 0x");
        print_number(wanted, 16);
        print("\n");
    }
}

static __attribute__((noreturn)) void finish(void)
{
    call3(SYS_exit, failures, 0, 0);
    __builtin_unreachable();
}

static inline u32 map(u32 at, u32 size, u32 prot, u32 flags) { return (u32)call6(SYS_mmap2, at, size, prot, flags, (u32)-1, 0); }
static inline int unmap(u32 at, u32 size) { return call3(SYS_munmap, at, size, 0); }
static inline int protect(u32 at, u32 size, u32 prot) { return call3(SYS_mprotect, at, size, prot); }

/* Whether the byte can be read, asked of the kernel so that no fault ends the test: open() of a path there. */
static inline int readable(u32 at)
{
    int descriptor = call3(SYS_open, at, 0, 0);
    if (descriptor >= 0)
        call3(SYS_close, descriptor, 0, 0);
    return descriptor != -EFAULT;
}

/* A value of the auxiliary vector; `stack` is ESP at the entry. */
static inline u32 auxiliary(const u32 *stack, u32 type)
{
    const u32 *auxv = stack + stack[0] + 2;
    while (*auxv++)   /* the environment */
        ;
    for (; auxv[0]; auxv += 2)
        if (auxv[0] == type)
            return auxv[1];
    return 0xffffffff;
}

#define byte_at(address) (*(volatile unsigned char *)(address))
#define word_at(address) (*(volatile u32 *)(address))

/* _start: the stack as the kernel left it is main's argument; EDX at the entry is its second. */
#define START(function) \
    __asm__(".globl _start\n_start: movl %esp, %eax\n\txorl %ebp, %ebp\n\tandl $-16, %esp\n\tsubl $8, %esp\n\tpushl %edx\n\tpushl %eax\n\tcall " #function "\n\tud2"); \
    __attribute__((used)) void function(u32 *stack, u32 edx)
