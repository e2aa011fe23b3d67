/* One way to die, chosen by the argument; what ends it is in the wait status. */
#include "test.h"

static const char constant[] = "constant";

START(fault)
{
    (void)edx;
    const char *how = stack[0] > 1 ? (const char *)stack[2] : "";
    volatile u32 zero = 0;
    switch (*how) {
    case 'n': word_at(zero) = 1; break;                                   /* null pointer */
    case 'w': word_at(0xdeadbeef) = 42; break;                            /* wild pointer into the kernel half */
    case 'u': word_at(0x30000000) = 42; break;                            /* unmapped */
    case 'c': word_at((u32)constant) = 1; break;                          /* a constant */
    case 'd': __asm__ volatile("divl %0" : : "r"(zero), "a"(1), "d"(0)); break;                                   /* division by zero */
    case 'i': __asm__ volatile("ud2"); break;                             /* invalid opcode */
    case 'b': __asm__ volatile("int3"); break;                            /* breakpoint */
    case 'h': __asm__ volatile("hlt"); break;                             /* a privileged instruction */
    case 'o': __asm__ volatile("outb %al, $0x80"); break;                 /* a port */
    case 'j': ((void (*)(void))0x41414140)(); break;                      /* a jump into nowhere */
    case 'a': __asm__ volatile("pushfl; orl $0x40000, (%esp); popfl; movl 1(%esp), %eax"); break;   /* unaligned, EFLAGS.AC */
    case 's': __asm__ volatile("1: pushl %eax; jmp 1b"); break;           /* the stack overflows */
    case 't': __asm__ volatile("pushfl; orl $0x100, (%esp); popfl; nop"); break;                    /* single step */
    case 'g': __asm__ volatile("movw %w0, %%ds" : : "r"(0x60)); break;    /* a kernel selector */
    case 'x': __asm__ volatile("movw %w0, %%ss; int $0x80" : : "r"(0), "a"(20)); break;
    case 'e': {                                                           /* stack segment taken away under it */
        u32 descriptor[4] = { (u32)-1, 0, 0xfffff, 0x51 }, empty[4] = { 6, 0, 0, 0x28 };
        call3(SYS_set_thread_area, descriptor, 0, 0);
        empty[0] = descriptor[0];
        __asm__ volatile("movw %w0, %%ss" : : "r"(descriptor[0] * 8 + 3));
        call3(SYS_set_thread_area, empty, 0, 0);
        break;
    }
    case 'k': call3(37, 0, 6, 0); break;                                  /* kill(0, SIGABRT) */
    }
    finish();
}
