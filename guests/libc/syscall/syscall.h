/*
 * The Linux/i386 system call: number in EAX, arguments in EBX ECX EDX ESI EDI EBP, `int 0x80`, result in EAX.
 * A result from -4095 to -1 is a negated error number. All other registers are kept, so only memory is clobbered.
 */
#ifndef SYSCALL_H
#define SYSCALL_H

enum {
  SYS_read = 3,
  SYS_write = 4,
  SYS_open = 5,
  SYS_close = 6,
  SYS_unlink = 10,
  SYS_lseek = 19,
  SYS_getpid = 20,
  SYS_kill = 37,
  SYS_brk = 45,
  SYS_munmap = 91,
  SYS_mprotect = 125,
  SYS_mremap = 163,
  SYS_mmap2 = 192,
  SYS_exit_group = 252,
};

static inline long syscall1(long number, long a) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a) : "memory");
  return result;
}

static inline long syscall3(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
  return result;
}

/** Six arguments; in syscall6.S, because EBP, the sixth, is the frame pointer of C code. */
long __syscall6(long number, long a, long b, long c, long d, long e, long f);

/** Turns a kernel result into a C one: errno and -1 for an error. */
long __syscall_result(long result);

#endif
