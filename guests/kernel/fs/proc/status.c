/* /proc/PID/status, stat and statm. */
#include "../../dev/tty.h"
#include "../../memlayout.h"
#include "../task_files.h"
#include "internal.h"

#define TERMINAL 0x440u   /* device 4:64 */

/* Regions added up by what they are, in pages. */
struct sizes {
    u32 all, data, stack, code;
    struct residency usage;
};

static struct sizes sizes_of(const struct mm *mm)
{
    struct sizes s = { 0 };
    for (const struct vma *vma = mm ? mm->vmas : NULL; vma; vma = vma->next) {
        u32 pages = (vma->end - vma->start) / PAGE_SIZE;
        s.all += pages;
        if (vma->kind == VMA_STACK)
            s.stack += pages;
        else if (vma->prot & PROT_EXEC)
            s.code += pages;
        else if (vma->prot & PROT_WRITE && !(vma->flags & VMA_SHARED))
            s.data += pages;
        proc_count(mm, vma, &s.usage);
    }
    for (u32 i = 0; mm && i < USER_END >> 22; i++)
        s.usage.tables += ((const u32 *)to_virtual(mm->page_directory))[i] & 1;
    return s;
}

static const struct task *first_thread(const struct process *process)
{
    return process->threads;
}

static char letter(const struct process *process)
{
    const struct task *task = first_thread(process);
    if (!task)
        return 'Z';
    switch (task->state) {
    case TASK_SLEEPING: return 'S';
    case TASK_STOPPED: return 'T';
    case TASK_ENDED: return 'Z';
    default: return 'R';
    }
}

static const char *state_name(char state)
{
    return state == 'S' ? "sleeping" : state == 'T' ? "stopped" : state == 'Z' ? "zombie" : "running";
}

static u32 parent_of(const struct process *process)
{
    return process->parent ? process->parent->pid : process->pid == 1 ? 0 : 1;
}

static const char *name_of(const struct process *process)
{
    return process->threads ? process->threads->name : "";
}

static void kib(struct text *text, const char *name, u32 pages)
{
    text_add(text, "%s:\t%8u kB\n", name, pages * (PAGE_SIZE / 1024));
}

s32 proc_status(struct text *text, struct process *process)
{
    const struct task *task = first_thread(process);
    struct sizes s = sizes_of(proc_mm(process));
    char state = letter(process);
    text_add(text, "Name:\t%s\n", name_of(process));
    if (task && task->fs)
        text_add(text, "Umask:\t0%c%c%c\n", '0' + (task->fs->umask >> 6), '0' + (task->fs->umask >> 3 & 7), '0' + (task->fs->umask & 7));
    text_add(text, "State:\t%c (%s)\nTgid:\t%u\nNgid:\t0\nPid:\t%u\nPPid:\t%u\nTracerPid:\t0\n", state, state_name(state), process->pid, process->pid,
             parent_of(process));
    text_add(text, "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nFDSize:\t%u\nGroups:\t0 \n", task ? 256 : 0);
    if (proc_mm(process)) {
        kib(text, "VmPeak", s.all);
        kib(text, "VmSize", s.all);
        kib(text, "VmLck", 0);
        kib(text, "VmPin", 0);
        kib(text, "VmHWM", s.usage.pages);
        kib(text, "VmRSS", s.usage.pages);
        kib(text, "RssAnon", s.usage.anonymous);
        kib(text, "RssFile", s.usage.file);
        kib(text, "RssShmem", 0);
        kib(text, "VmData", s.data);
        kib(text, "VmStk", s.stack);
        kib(text, "VmExe", s.code);
        kib(text, "VmLib", 0);
        kib(text, "VmPTE", s.usage.tables);
        kib(text, "VmSwap", 0);
    }
    text_add(text, "Threads:\t%u\n", process->thread_count);
    return 0;
}

s32 proc_stat(struct text *text, struct process *process)
{
    const struct mm *mm = proc_mm(process);
    struct sizes s = sizes_of(mm);
    int has_terminal = tty.session && tty.session == process->session;
    text_add(text, "%u (%s) %c %u %u %u %u %d 4194304 ", process->pid, name_of(process), letter(process), parent_of(process), process->group,
             process->session, has_terminal ? TERMINAL : 0, has_terminal ? (s32)tty.foreground : -1);
    text_add(text, "%u 0 0 0 0 0 0 0 20 0 %u 0 0 %u %u 4294967295 ", mm ? mm->faults : 0, process->thread_count, s.all * PAGE_SIZE, s.usage.pages);
    text_add(text, "%u %u %u 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 ", mm ? mm->start_code : 0, mm ? mm->end_code : 0, mm ? mm->start_stack : 0);
    text_add(text, "%u %u %u %u %u %u %u 0\n", mm ? mm->start_data : 0, mm ? mm->end_data : 0, mm ? mm->start_brk : 0, mm ? mm->arg_start : 0,
             mm ? mm->arg_end : 0, mm ? mm->env_start : 0, mm ? mm->env_end : 0);
    return 0;
}

s32 proc_statm(struct text *text, struct process *process)
{
    struct sizes s = sizes_of(proc_mm(process));
    text_add(text, "%u %u %u %u 0 %u 0\n", s.all, s.usage.pages, s.usage.file, s.code, s.data + s.stack);
    return 0;
}
