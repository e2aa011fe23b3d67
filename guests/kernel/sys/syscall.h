/*
 * System calls: Linux/i386 numbers, int 0x80, number in EAX, arguments in EBX ECX EDX ESI EDI EBP, answer in EAX
 * (-4095 to -1: an error). Addresses are u32: they are the program's, not ours.
 */
#pragma once
#include "../types.h"

struct trap_frame;

void system_call(struct trap_frame *frame);

/* fork.c, wait.c */
s32 sys_fork(void);
s32 sys_wait4(s32 which, u32 status_at, u32 options, u32 usage_at);
s32 sys_waitpid(s32 which, u32 status_at, u32 options);
/* process.c */
s32 sys_exit(u32 code);
s32 sys_exit_group(u32 code);
s32 sys_getpid(void);
s32 sys_getppid(void);
s32 sys_gettid(void);
s32 sys_zero(void);
s32 sys_user_id(void);
s32 sys_kill(u32 pid, u32 signal);
s32 sys_tgkill(u32 group, u32 pid, u32 signal);
s32 sys_set_thread_area(u32 descriptor);
s32 sys_getrlimit(u32 resource, u32 limit);
s32 sys_uname(u32 names);
s32 sys_getrandom(u32 buffer, u32 count, u32 flags);
/* memory.c, mremap.c */
s32 sys_brk(u32 end);
s32 sys_mmap(u32 arguments);
s32 sys_mmap2(u32 start, u32 length, u32 prot, u32 flags, u32 descriptor, u32 page);
s32 sys_munmap(u32 start, u32 length);
s32 sys_mprotect(u32 start, u32 length, u32 prot);
s32 sys_madvise(u32 start, u32 length, u32 advice);
s32 sys_mremap(u32 start, u32 old_length, u32 new_length, u32 flags, u32 new_start);
/* files.c, stat.c, directory.c */
s32 sys_open(u32 path, u32 flags, u32 mode);
s32 sys_openat(u32 directory, u32 path, u32 flags, u32 mode);
s32 sys_close(u32 descriptor);
s32 sys_read(u32 descriptor, u32 buffer, u32 count);
s32 sys_write(u32 descriptor, u32 buffer, u32 count);
s32 sys_readv(u32 descriptor, u32 vector, u32 count);
s32 sys_writev(u32 descriptor, u32 vector, u32 count);
s32 sys_lseek(u32 descriptor, u32 offset, u32 whence);
s32 sys_llseek(u32 descriptor, u32 high, u32 low, u32 result, u32 whence);
s32 sys_ioctl(u32 descriptor);
s32 sys_dup(u32 descriptor);
s32 sys_dup2(u32 from, u32 to);
s32 sys_readlink(u32 path, u32 buffer, u32 size);
s32 sys_stat64(u32 path, u32 to);
s32 sys_fstat64(u32 descriptor, u32 to);
s32 sys_fstatat64(u32 directory, u32 path, u32 to, u32 flags);
s32 sys_statx(u32 directory, u32 path, u32 flags, u32 mask, u32 to);
s32 sys_getdents64(u32 descriptor, u32 buffer, u32 count);
s32 sys_getcwd(u32 buffer, u32 size);
s32 sys_access(u32 path, u32 mode);
/* clock.c */
s32 sys_time(u32 to);
s32 sys_gettimeofday(u32 to);
s32 sys_clock_gettime(u32 clock, u32 to);
s32 sys_clock_gettime64(u32 clock, u32 to);
