/*
 * Numbers to functions. Anything else is -ENOSYS, and named once in the log: C libraries ask for much that they can do
 * without (measured: glibc and musl run on what is here).
 */
#include "../cpu/trap.h"
#include "../errno.h"
#include "../log.h"
#include "syscall.h"

typedef s32 call(u32, u32, u32, u32, u32, u32);
#define CALL(function) ((call *)(function))   /* cdecl: the caller removes the arguments, so too many do no harm */

#define NUMBERS 512u

static call *const table[NUMBERS] = {
    [1] = CALL(sys_exit),        [2] = CALL(sys_fork),          [7] = CALL(sys_waitpid),        [114] = CALL(sys_wait4),     [64] = CALL(sys_getppid),
    [3] = CALL(sys_read),          [4] = CALL(sys_write),          [5] = CALL(sys_open),
    [6] = CALL(sys_close),       [13] = CALL(sys_time),         [19] = CALL(sys_lseek),         [20] = CALL(sys_getpid),
    [24] = CALL(sys_user_id),    [33] = CALL(sys_access),       [37] = CALL(sys_kill),          [41] = CALL(sys_dup),
    [45] = CALL(sys_brk),        [47] = CALL(sys_user_id),      [49] = CALL(sys_user_id),       [50] = CALL(sys_user_id),
    [54] = CALL(sys_ioctl),      [63] = CALL(sys_dup2),                  [78] = CALL(sys_gettimeofday),
    [85] = CALL(sys_readlink),   [90] = CALL(sys_mmap),         [91] = CALL(sys_munmap),        [122] = CALL(sys_uname),
    [125] = CALL(sys_mprotect),  [140] = CALL(sys_llseek),      [145] = CALL(sys_readv),        [146] = CALL(sys_writev),
    [163] = CALL(sys_mremap),    [191] = CALL(sys_getrlimit),   [192] = CALL(sys_mmap2),        [195] = CALL(sys_stat64),
    [196] = CALL(sys_stat64),    [197] = CALL(sys_fstat64),     [199] = CALL(sys_user_id),      [200] = CALL(sys_user_id),
    [201] = CALL(sys_user_id),   [202] = CALL(sys_user_id),     [219] = CALL(sys_madvise),      [224] = CALL(sys_gettid),
    [238] = CALL(sys_kill),      [243] = CALL(sys_set_thread_area), [252] = CALL(sys_exit_group),     [258] = CALL(sys_getpid),
    [265] = CALL(sys_clock_gettime), [270] = CALL(sys_tgkill),  [295] = CALL(sys_openat),       [355] = CALL(sys_getrandom),
    [183] = CALL(sys_getcwd),    [220] = CALL(sys_getdents64),  [300] = CALL(sys_fstatat64),    [383] = CALL(sys_statx),
    [403] = CALL(sys_clock_gettime64),
};

static void log_once(u32 number, u32 eip)
{
    static u32 seen[NUMBERS / 32];
    u32 bit = number < NUMBERS ? number : NUMBERS - 1;
    if (seen[bit / 32] >> bit % 32 & 1)
        return;
    seen[bit / 32] |= 1u << bit % 32;
    log_line("system call %u at %08x: not implemented", number, eip);
}

void system_call(struct trap_frame *frame)
{
    u32 number = frame->eax;
    if (number < NUMBERS && table[number])
        frame->eax = (u32)table[number](frame->ebx, frame->ecx, frame->edx, frame->esi, frame->edi, frame->ebp);
    else {
        log_once(number, frame->eip);
        frame->eax = (u32)-ENOSYS;
    }
}
