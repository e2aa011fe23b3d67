/* Calls about the process itself: its number and end, whose it is, what it may and wants. */
#include "../cpu/instructions.h"
#include "../exec/random.h"
#include "../lib/string.h"
#include "../memlayout.h"
#include "../mm/user.h"
#include "../proc/exit.h"
#include "../proc/task.h"
#include "credentials.h"
#include "syscall.h"

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

s32 sys_set_tid_address(u32 at)
{
    current->clear_child_tid = at;
    return (s32)current->pid;
}

#define PER_MASK 0xffu
#define ASK      0xffffffffu

/* Only Linux's own personality (0) is there, with whatever flags; the flags have no effect. */
s32 sys_personality(u32 persona)
{
    u32 old = current->process->personality;
    if (persona == ASK)
        return (s32)old;
    if (persona & PER_MASK)
        return -EINVAL;
    current->process->personality = persona;
    return (s32)old;
}

#define LAST_CAPABILITY 40u
#define PR_CAP_AMBIENT_IS_SET 1u

enum { PR_CAPBSET_READ = 23, PR_GET_SECUREBITS = 27, PR_CAP_AMBIENT = 47 };
enum { PR_SET_PDEATHSIG = 1, PR_GET_PDEATHSIG, PR_GET_DUMPABLE, PR_SET_DUMPABLE, PR_SET_NAME = 15, PR_GET_NAME, PR_GET_SECCOMP = 21,
       PR_SET_TIMERSLACK = 29, PR_GET_TIMERSLACK, PR_SET_NO_NEW_PRIVS = 38, PR_GET_NO_NEW_PRIVS };
#define NAME_LENGTH 16u

s32 sys_prctl(u32 option, u32 argument, u32 number)
{
    char name[NAME_LENGTH];
    switch (option) {
    case PR_SET_NAME: {
        s32 length = string_from_user(name, argument, sizeof name);
        if (length == -EFAULT)
            return -EFAULT;
        name[NAME_LENGTH - 1] = 0;
        copy_string(current->name, name, sizeof name);
        return 0;
    }
    case PR_GET_NAME:
        memset(name, 0, sizeof name);
        copy_string(name, current->name, sizeof name);
        return copy_to_user(argument, name, sizeof name);
    case PR_GET_DUMPABLE: return 1;
    case PR_SET_DUMPABLE: return argument > 1 ? -EINVAL : 0;
    case PR_GET_SECCOMP: case PR_SET_NO_NEW_PRIVS: return 0;
    case PR_GET_NO_NEW_PRIVS: return 0;
    case PR_SET_TIMERSLACK: return 0;
    case PR_GET_TIMERSLACK: return 50000;
    case PR_CAPBSET_READ: return argument <= LAST_CAPABILITY ? 1 : -EINVAL;
    case PR_GET_SECUREBITS: return 0;
    case PR_CAP_AMBIENT: return argument == PR_CAP_AMBIENT_IS_SET && number <= LAST_CAPABILITY ? 0 : -EINVAL;
    default: return -EINVAL;
    }
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
