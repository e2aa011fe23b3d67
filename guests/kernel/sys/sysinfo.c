/* sysinfo: memory, processes, time since boot. */
#include "../lib/divide.h"
#include "../lib/string.h"
#include "../memlayout.h"
#include "../mm/frames.h"
#include "../mm/user.h"
#include "../proc/task.h"
#include "clock.h"
#include "syscall.h"

struct sysinfo {
    u32 uptime, loads[3], totalram, freeram, sharedram, bufferram, totalswap, freeswap;
    u16 procs, pad;
    u32 totalhigh, freehigh, mem_unit;
    u8 rest[8];
};

_Static_assert(sizeof(struct sysinfo) == 64, "struct sysinfo: layout");

s32 sys_sysinfo(u32 to)
{
    struct sysinfo info = { .uptime = (u32)divide(clock_ticks(), TICKS_PER_SECOND, NULL), .totalram = frames_total() * PAGE_SIZE,
                            .freeram = frames_free() * PAGE_SIZE, .mem_unit = 1 };
    for (const struct task *task = tasks; task; task = task->next)
        info.procs++;
    return copy_to_user(to, &info, sizeof info);
}
