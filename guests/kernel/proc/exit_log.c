/* The last words of a process: how it ended, and when an exception is behind that, what and where. */
#include "../cpu/trap.h"
#include "../log.h"
#include "../memlayout.h"
#include "../mm/vma.h"
#include "exit.h"
#include "task.h"

static const char *signal_name(u32 number)
{
    static const char *const names[] = { [SIGHUP] = "SIGHUP", [SIGINT] = "SIGINT", [SIGQUIT] = "SIGQUIT", [SIGILL] = "SIGILL", [SIGTRAP] = "SIGTRAP",
                                         [SIGABRT] = "SIGABRT", [SIGBUS] = "SIGBUS", [SIGFPE] = "SIGFPE", [SIGKILL] = "SIGKILL", [SIGUSR1] = "SIGUSR1",
                                         [SIGSEGV] = "SIGSEGV", [SIGUSR2] = "SIGUSR2", [SIGPIPE] = "SIGPIPE", [SIGALRM] = "SIGALRM",
                                         [SIGTERM] = "SIGTERM", [SIGSYS] = "SIGSYS" };
    return number < COUNT(names) && names[number] ? names[number] : "signal";
}

void log_end(u32 wait_status)
{
    u32 number = wait_status & 0x7f;
    if (number)
        log_line("pid %u (%s) ends by signal %u, %s", current->process->pid, current->name, number, signal_name(number));
    else if (current->process->pid == 1)   /* of others, only what is out of the ordinary */
        log_line("pid 1 (%s) exits with %u after %u page faults", current->name, wait_status >> 8, current->mm->faults);
}

static void log_exception(void)
{
    u32 vector = current->fault.vector, error = current->fault.error, address = current->fault.address;
    if (vector != TRAP_PAGE) {
        log_line("exception %u: eip %08x, error %x", vector, current->frame->eip, error);
        return;
    }
    const struct vma *vma = vma_find(address);
    int inside = vma && vma->start <= address;
    log_line("page fault at %08x: eip %08x, error %x = %s, %s; %s%s", address, current->frame->eip, error,
             error & FAULT_PROTECTION ? "present" : "not present", error & FAULT_WRITE ? "write" : "read",
             inside ? "in " : address >= USER_END ? "the kernel's" : "no mapping there", inside ? (vma->name[0] ? vma->name : "anonymous memory") : "");
}

void note_death(struct process *process, const struct signal_info *info, int is_fault)
{
    if (process->exiting)
        return;
    process->death = is_fault ? DEATH_FAULT : info->code == SI_USER || info->code == SI_TKILL || info->code == SI_QUEUE ? DEATH_SENT : DEATH_KERNEL;
    process->death_code = info->code;
    process->death_sender = process->death == DEATH_SENT ? info->fields[0] : 0;
}

void end_by_signal(const struct signal_info *info)
{
    int is_fault = info->code > 0 && signal_bit(info->number) & FAULT_SIGNALS && current->fault.fresh;
    note_death(current->process, info, is_fault);
    if (is_fault)
        log_exception();
    else if (info->code == SI_KERNEL && info->number == SIGSEGV)
        log_line("no room for a signal frame at %08x, or a bad one there", current->frame->esp);
    end_process(info->number & 0x7f);
}
