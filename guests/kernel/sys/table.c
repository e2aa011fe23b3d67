/*
 * Numbers to functions. Anything else is -ENOSYS, and named once in the log: C libraries ask for much that they can do
 * without (measured: glibc and musl run on what is here).
 */
#include "../cpu/trap.h"
#include "../errno.h"
#include "../fs/page_cache.h"
#include "../log.h"
#include "file_calls.h"
#include "syscall.h"

typedef s32 call(u32, u32, u32, u32, u32, u32);
#define CALL(function) ((call *)(function))   /* cdecl: the caller removes the arguments, so too many do no harm */

#define NUMBERS 512u

static call *const table[NUMBERS] = {
    /* processes, memory, signals, time */
    [0] = CALL(sys_restart_syscall), [1] = CALL(sys_exit), [2] = CALL(sys_fork), [7] = CALL(sys_waitpid),
    [11] = CALL(sys_execve), [13] = CALL(sys_time), [20] = CALL(sys_getpid), [23] = CALL(sys_set_id),
    [24] = CALL(sys_user_id), [25] = CALL(sys_settime), [27] = CALL(sys_alarm), [29] = CALL(sys_pause),
    [34] = CALL(sys_nice), [37] = CALL(sys_kill), [43] = CALL(sys_times), [45] = CALL(sys_brk),
    [46] = CALL(sys_set_id), [47] = CALL(sys_user_id), [48] = CALL(sys_signal), [49] = CALL(sys_user_id),
    [50] = CALL(sys_user_id), [57] = CALL(sys_setpgid), [64] = CALL(sys_getppid), [65] = CALL(sys_getpgrp),
    [66] = CALL(sys_setsid), [67] = CALL(sys_sigaction), [68] = CALL(sys_sgetmask), [70] = CALL(sys_set_ids),
    [71] = CALL(sys_set_ids), [72] = CALL(sys_sigsuspend), [73] = CALL(sys_sigpending), [75] = CALL(sys_setrlimit),
    [76] = CALL(sys_old_getrlimit), [77] = CALL(sys_getrusage), [78] = CALL(sys_gettimeofday),
    [79] = CALL(sys_settime), [80] = CALL(sys_getgroups), [81] = CALL(sys_setgroups), [90] = CALL(sys_mmap),
    [91] = CALL(sys_munmap), [96] = CALL(sys_getpriority), [97] = CALL(sys_setpriority), [104] = CALL(sys_setitimer),
    [105] = CALL(sys_getitimer), [114] = CALL(sys_wait4), [116] = CALL(sys_sysinfo), [119] = CALL(sys_sigreturn),
    [120] = CALL(sys_clone), [122] = CALL(sys_uname), [125] = CALL(sys_mprotect), [126] = CALL(sys_sigprocmask),
    [132] = CALL(sys_getpgid), [136] = CALL(sys_personality), [138] = CALL(sys_set_fs_id),
    [139] = CALL(sys_set_fs_id), [147] = CALL(sys_getsid), [154] = CALL(sys_sched_setparam),
    [155] = CALL(sys_sched_getparam), [156] = CALL(sys_sched_setscheduler), [157] = CALL(sys_sched_getscheduler),
    [158] = CALL(sys_sched_yield), [159] = CALL(sys_sched_priority_max), [160] = CALL(sys_sched_priority_min),
    [161] = CALL(sys_sched_rr_get_interval), [162] = CALL(sys_nanosleep), [163] = CALL(sys_mremap),
    [164] = CALL(sys_set_three_ids), [165] = CALL(sys_get_three_ids), [170] = CALL(sys_set_three_ids),
    [171] = CALL(sys_get_three_ids), [172] = CALL(sys_prctl), [173] = CALL(sys_rt_sigreturn),
    [174] = CALL(sys_rt_sigaction), [175] = CALL(sys_rt_sigprocmask), [176] = CALL(sys_rt_sigpending),
    [177] = CALL(sys_rt_sigtimedwait), [178] = CALL(sys_rt_sigqueueinfo), [179] = CALL(sys_rt_sigsuspend),
    [186] = CALL(sys_sigaltstack), [190] = CALL(sys_vfork), [191] = CALL(sys_getrlimit), [192] = CALL(sys_mmap2),
    [199] = CALL(sys_user_id), [200] = CALL(sys_user_id), [201] = CALL(sys_user_id), [202] = CALL(sys_user_id),
    [203] = CALL(sys_set_ids), [204] = CALL(sys_set_ids), [205] = CALL(sys_getgroups), [206] = CALL(sys_setgroups),
    [208] = CALL(sys_set_three_ids), [209] = CALL(sys_get_three_ids), [210] = CALL(sys_set_three_ids),
    [211] = CALL(sys_get_three_ids), [213] = CALL(sys_set_id), [214] = CALL(sys_set_id), [215] = CALL(sys_set_fs_id),
    [216] = CALL(sys_set_fs_id), [219] = CALL(sys_madvise), [224] = CALL(sys_gettid), [238] = CALL(sys_tkill),
    [240] = CALL(sys_futex), [241] = CALL(sys_sched_setaffinity), [242] = CALL(sys_sched_getaffinity),
    [243] = CALL(sys_set_thread_area), [244] = CALL(sys_get_thread_area), [252] = CALL(sys_exit_group),
    [258] = CALL(sys_set_tid_address), [264] = CALL(sys_settime), [265] = CALL(sys_clock_gettime),
    [266] = CALL(sys_clock_getres), [267] = CALL(sys_clock_nanosleep), [270] = CALL(sys_tgkill),
    [284] = CALL(sys_waitid), [311] = CALL(sys_set_robust_list), [312] = CALL(sys_get_robust_list), [318] = CALL(sys_getcpu),
    [335] = CALL(sys_rt_tgsigqueueinfo), [340] = CALL(sys_prlimit64), [355] = CALL(sys_getrandom),
    [403] = CALL(sys_clock_gettime64), [404] = CALL(sys_settime), [406] = CALL(sys_clock_getres64),
    [407] = CALL(sys_clock_nanosleep64), [421] = CALL(sys_rt_sigtimedwait64), [422] = CALL(sys_futex64),
    [144] = CALL(sys_msync), [150] = CALL(sys_mlock), [151] = CALL(sys_munlock), [152] = CALL(sys_mlockall),
    [153] = CALL(sys_munlockall), [218] = CALL(sys_mincore), [376] = CALL(sys_mlock2),
    [259] = CALL(sys_timer_create), [260] = CALL(sys_timer_settime), [261] = CALL(sys_timer_gettime),
    [262] = CALL(sys_timer_getoverrun), [263] = CALL(sys_timer_delete), [408] = CALL(sys_timer_gettime64),
    [409] = CALL(sys_timer_settime64),
    /* rseq, clone3 */
    [386] = CALL(sys_absent), [435] = CALL(sys_absent),
    [184] = CALL(sys_capget), [185] = CALL(sys_capset), [289] = CALL(sys_ioprio_set), [290] = CALL(sys_ioprio_get),
    /* extended attributes */
    [226 ... 237] = CALL(sys_no_attributes),
    FILE_CALLS
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
    u32 number = frame->error = frame->eax;   /* kept, for a call that is to be made again */
    if (number < NUMBERS && table[number])
        frame->eax = (u32)table[number](frame->ebx, frame->ecx, frame->edx, frame->esi, frame->edi, frame->ebp);
    else {
        log_once(number, frame->eip);
        frame->eax = (u32)-ENOSYS;
    }
}
