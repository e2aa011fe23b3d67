/*
 * System calls: Linux/i386 numbers, int 0x80, number in EAX, arguments in EBX ECX EDX ESI EDI EBP, answer in EAX
 * (-4095 to -1: an error). Addresses are u32: they are the program's, not ours.
 */
#pragma once
#include "../types.h"

struct trap_frame;

void system_call(struct trap_frame *frame);

#define SYS_restart_syscall 0
#define SYS_sigreturn 119
#define SYS_rt_sigreturn 173

/* proc/fork.c, proc/wait.c, exec/exec.c */
s32 sys_fork(void);
s32 sys_vfork(void);
s32 sys_clone(u32 flags, u32 stack, u32 parent_tid, u32 tls, u32 child_tid);
s32 sys_wait4(s32 which, u32 status_at, u32 options, u32 usage_at);
s32 sys_waitpid(s32 which, u32 status_at, u32 options);
s32 sys_waitid(u32 type, u32 which, u32 info_at, u32 options, u32 usage_at);
s32 sys_execve(u32 path, u32 argv, u32 envp);
/* absent.c */
s32 sys_absent(void);
s32 sys_no_attributes(void);
s32 sys_capget(u32 header_at, u32 to);
s32 sys_capset(u32 header_at, u32 from);
s32 sys_ioprio_get(u32 which, u32 who);
s32 sys_ioprio_set(u32 which, u32 who, u32 priority);
/* process.c */
s32 sys_exit(u32 code);
s32 sys_exit_group(u32 code);
s32 sys_getpid(void);
s32 sys_getppid(void);
s32 sys_gettid(void);
s32 sys_set_tid_address(u32 at);
s32 sys_personality(u32 persona);
s32 sys_prctl(u32 option, u32 argument, u32 number);
s32 sys_uname(u32 names);
s32 sys_getrandom(u32 buffer, u32 count, u32 flags);
/* thread_area.c, proc/futex.c */
s32 sys_set_thread_area(u32 descriptor);
s32 sys_get_thread_area(u32 descriptor);
s32 sys_futex(u32 address, u32 operation, u32 value, u32 timeout_at, u32 second, u32 third);
s32 sys_futex64(u32 address, u32 operation, u32 value, u32 timeout_at, u32 second, u32 third);
s32 sys_set_robust_list(u32 head, u32 size);
s32 sys_get_robust_list(u32 pid, u32 head_at, u32 size_at);
/* proc/session.c */
s32 sys_getpgid(u32 pid);
s32 sys_getpgrp(void);
s32 sys_getsid(u32 pid);
s32 sys_setpgid(u32 pid, s32 group);
s32 sys_setsid(void);
/* user_id.c */
s32 sys_user_id(void);
s32 sys_set_id(u32 id);
s32 sys_set_ids(u32 real, u32 effective);
s32 sys_set_three_ids(u32 real, u32 effective, u32 saved);
s32 sys_get_three_ids(u32 real, u32 effective, u32 saved);
s32 sys_set_fs_id(void);
s32 sys_getgroups(u32 size, u32 to);
s32 sys_setgroups(void);
/* limits.c, sched.c, sysinfo.c, proc/usage.c */
s32 sys_getrlimit(u32 resource, u32 to);
s32 sys_old_getrlimit(u32 resource, u32 to);
s32 sys_setrlimit(u32 resource, u32 from);
s32 sys_prlimit64(u32 pid, u32 resource, u32 from, u32 to);
s32 sys_sched_yield(void);
s32 sys_sched_getaffinity(u32 pid, u32 size, u32 to);
s32 sys_sched_setaffinity(u32 pid, u32 size, u32 from);
s32 sys_sched_getscheduler(u32 pid);
s32 sys_sched_setscheduler(u32 pid, u32 policy, u32 from);
s32 sys_sched_getparam(u32 pid, u32 to);
s32 sys_sched_setparam(u32 pid, u32 from);
s32 sys_sched_priority_max(u32 policy);
s32 sys_sched_priority_min(u32 policy);
s32 sys_sched_rr_get_interval(u32 pid, u32 to);
s32 sys_nice(s32 more);
s32 sys_getpriority(u32 which, u32 who);
s32 sys_setpriority(u32 which, u32 who, s32 nice);
s32 sys_getcpu(u32 cpu_at, u32 node_at);
s32 sys_sysinfo(u32 to);
s32 sys_getrusage(s32 who, u32 to);
s32 sys_times(u32 to);
/* signal.c, kill.c, proc/signal_frame.c */
s32 sys_rt_sigaction(u32 number, u32 new_at, u32 old_at, u32 size);
s32 sys_sigaction(u32 number, u32 new_at, u32 old_at);
s32 sys_signal(u32 number, u32 handler);
s32 sys_rt_sigprocmask(u32 how, u32 set_at, u32 old_at, u32 size);
s32 sys_sigprocmask(u32 how, u32 set_at, u32 old_at);
s32 sys_sgetmask(void);
s32 sys_rt_sigpending(u32 to, u32 size);
s32 sys_sigpending(u32 to);
s32 sys_rt_sigsuspend(u32 mask_at, u32 size);
s32 sys_sigsuspend(u32 unused, u32 unused_too, u32 mask);
s32 sys_pause(void);
s32 sys_rt_sigtimedwait(u32 set_at, u32 info_at, u32 timeout_at, u32 size);
s32 sys_rt_sigtimedwait64(u32 set_at, u32 info_at, u32 timeout_at, u32 size);
s32 sys_sigaltstack(u32 new_at, u32 old_at);
s32 sys_sigreturn(void);
s32 sys_rt_sigreturn(void);
s32 sys_kill(s32 pid, u32 number);
s32 sys_tkill(s32 pid, u32 number);
s32 sys_tgkill(s32 group, s32 pid, u32 number);
s32 sys_rt_sigqueueinfo(s32 pid, u32 number, u32 info_at);
s32 sys_rt_tgsigqueueinfo(s32 group, s32 pid, u32 number, u32 info_at);
/* proc/posix_timer.c */
s32 sys_timer_create(u32 clock, u32 event_at, u32 id_at);
s32 sys_timer_settime(u32 id, u32 flags, u32 from, u32 old_at);
s32 sys_timer_settime64(u32 id, u32 flags, u32 from, u32 old_at);
s32 sys_timer_gettime(u32 id, u32 to);
s32 sys_timer_gettime64(u32 id, u32 to);
s32 sys_timer_getoverrun(u32 id);
s32 sys_timer_delete(u32 id);
/* proc/alarm.c, sleep.c */
s32 sys_alarm(u32 seconds);
s32 sys_getitimer(u32 which, u32 to);
s32 sys_setitimer(u32 which, u32 from, u32 old_at);
s32 sys_nanosleep(u32 time_at, u32 rest_at);
s32 sys_clock_nanosleep(u32 clock, u32 flags, u32 time_at, u32 rest_at);
s32 sys_clock_nanosleep64(u32 clock, u32 flags, u32 time_at, u32 rest_at);
s32 sys_restart_syscall(void);
/* memory.c, mremap.c, madvise.c */
s32 sys_brk(u32 end);
s32 sys_mmap(u32 arguments);
s32 sys_mmap2(u32 start, u32 length, u32 prot, u32 flags, u32 descriptor, u32 page);
s32 sys_munmap(u32 start, u32 length);
s32 sys_mprotect(u32 start, u32 length, u32 prot);
s32 sys_madvise(u32 start, u32 length, u32 advice);
s32 sys_msync(u32 start, u32 length, u32 flags);
s32 sys_mincore(u32 start, u32 length, u32 to);
s32 sys_mlock(u32 start, u32 length);
s32 sys_mlock2(u32 start, u32 length, u32 flags);
s32 sys_munlock(u32 start, u32 length);
s32 sys_mlockall(u32 flags);
s32 sys_munlockall(void);
s32 sys_mremap(u32 start, u32 old_length, u32 new_length, u32 flags, u32 new_start);
/* clock.c */
s32 sys_time(u32 to);
s32 sys_gettimeofday(u32 to, u32 zone_at);
s32 sys_settime(void);
s32 sys_clock_getres(u32 clock, u32 to);
s32 sys_clock_getres64(u32 clock, u32 to);
s32 sys_clock_gettime(u32 clock, u32 to);
s32 sys_clock_gettime64(u32 clock, u32 to);
