/* The last words of a process that a signal ends: what, and when an exception is behind it, where. */
#include "../cpu/trap.h"
#include "../errno.h"
#include "../log.h"
#include "../memlayout.h"
#include "../mm/vma.h"
#include "exit.h"
#include "task.h"

static const char *signal_name(u32 signal)
{
    static const char *const names[] = { [SIGILL] = "SIGILL", [SIGTRAP] = "SIGTRAP", [SIGABRT] = "SIGABRT", [SIGBUS] = "SIGBUS",
                                         [SIGFPE] = "SIGFPE", [SIGKILL] = "SIGKILL", [SIGSEGV] = "SIGSEGV" };
    return signal < COUNT(names) && names[signal] ? names[signal] : "signal";
}

void end_by_signal(u32 signal)
{
    log_line("pid %u (%s) ends by signal %u, %s", current->process->pid, current->name, signal, signal_name(signal));
    end_process(signal & 0x7f);
}

void end_by_fault(const struct trap_frame *frame, u32 signal, u32 address)
{
    if (frame->vector == TRAP_PAGE) {
        const struct vma *vma = vma_find(address);
        int inside = vma && vma->start <= address;
        log_line("page fault at %08x: eip %08x, error %x = %s, %s; %s%s", address, frame->eip, frame->error,
                 frame->error & FAULT_PROTECTION ? "present" : "not present", frame->error & FAULT_WRITE ? "write" : "read",
                 inside ? "in " : address >= USER_END ? "the kernel's" : "no mapping there", inside ? (vma->name[0] ? vma->name : "anonymous memory") : "");
    } else
        log_line("exception %u: eip %08x, error %x", frame->vector, frame->eip, frame->error);
    end_by_signal(signal);
}
