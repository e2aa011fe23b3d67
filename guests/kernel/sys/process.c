/* Calls about the process itself. There is one: number 1, user 1000; a signal to itself ends it. */
#include "../cpu/segments.h"
#include "../errno.h"
#include "../exec/random.h"
#include "../lib/string.h"
#include "../memlayout.h"
#include "../mm/user.h"
#include "../proc/exit.h"
#include "../proc/task.h"
#include "syscall.h"

#define USER_ID 1000

s32 sys_exit(u32 code)
{
    end_task((code & 0xff) << 8);
}

s32 sys_exit_group(u32 code)
{
    end_process((code & 0xff) << 8);
}

s32 sys_getpid(void)
{
    return (s32)current->process->pid;
}

s32 sys_gettid(void)
{
    return (s32)current->pid;
}

/* Process 1 has no parent, and whose parent has ended is process 1's. */
s32 sys_getppid(void)
{
    const struct process *process = current->process;
    return process->parent ? (s32)process->parent->pid : process->pid == 1 ? 0 : 1;
}

s32 sys_zero(void)
{
    return 0;
}

s32 sys_user_id(void)
{
    return USER_ID;
}

s32 sys_kill(u32 pid, u32 signal)
{
    if (signal > 64)
        return -EINVAL;
    if (pid != current->pid && pid != 0 && pid != (u32)-1)
        return -ESRCH;
    if (signal && signal != 17 && signal != 18 && signal != 23 && signal != 28)   /* CHLD, CONT, URG, WINCH: ignored by default */
        end_by_signal(signal);
    return 0;
}

s32 sys_tgkill(u32 group, u32 pid, u32 signal)
{
    return group == current->pid ? sys_kill(pid, signal) : -ESRCH;
}

/*
 * struct user_desc: entry number (-1: choose), base, limit, and a word of bits: 0 seg_32bit, 1-2 contents,
 * 3 read_exec_only, 4 limit_in_pages, 5 seg_not_present, 6 useable. As Linux, we take data segments only.
 */
s32 sys_set_thread_area(u32 descriptor)
{
    struct { u32 entry, base, limit, bits; } d;
    if (copy_from_user(&d, descriptor, sizeof d))
        return -EFAULT;
    u32 slot = d.entry - TLS_ENTRY;
    if (d.entry == (u32)-1) {
        for (slot = 0; slot < TLS_COUNT && current->tls[slot]; slot++)
            ;
        if (slot == TLS_COUNT)
            return -ESRCH;
    }
    if (slot >= TLS_COUNT || (d.bits & 6) > 2)   /* contents above 1 would be code */
        return -EINVAL;
    u32 empty = (d.bits & 0x3f) == 0x28 && !d.base && !d.limit;
    u32 type = (d.bits & 8 ? 0 : 2) | (d.bits >> 1 & 1) << 2;   /* writable, expand-down */
    u32 attributes = 0x7100 | type << 8 | (d.bits & 1) << 22 | (d.bits >> 4 & 1) << 23 | (d.bits >> 5 & 1 ? 0 : 0x8000);
    d.entry = TLS_ENTRY + slot;
    if (copy_to_user(descriptor, &d.entry, 4))
        return -EFAULT;
    current->tls[slot] = empty ? 0 : data_descriptor(d.base, d.limit, attributes);
    load_tls(current->tls);
    return 0;
}

s32 sys_getrlimit(u32 resource, u32 limit)
{
    u32 soft_hard[2] = { 0xffffffff, 0xffffffff };
    if (resource > 15)
        return -EINVAL;
    if (resource == 3)   /* RLIMIT_STACK */
        soft_hard[0] = STACK_LIMIT;
    return copy_to_user(limit, soft_hard, sizeof soft_hard);
}

s32 sys_uname(u32 names)
{
    static const char *const fields[6] = { "Linux", "real86", "6.1.0-real86", "#1", "i686", "(none)" };
    for (u32 i = 0; i < COUNT(fields); i++) {
        char field[65];
        memset(field, 0, sizeof field);
        copy_string(field, fields[i], sizeof field);
        if (copy_to_user(names + i * sizeof field, field, sizeof field))
            return -EFAULT;
    }
    return 0;
}

s32 sys_getrandom(u32 buffer, u32 count, u32 flags)
{
    if (flags & ~7u)
        return -EINVAL;
    if (count > 0x1000000)
        count = 0x1000000;
    for (u32 done = 0; done < count; done += 4) {
        u32 word = random_u32();
        if (copy_to_user(buffer + done, &word, count - done < 4 ? count - done : 4))
            return done ? (s32)done : -EFAULT;
    }
    return (s32)count;
}
