/* The last words of a process. Nothing is freed: the run ends with its memory as it was. */
#include "end.h"
#include "../cpu/trap.h"
#include "../errno.h"
#include "../inspect.h"
#include "../log.h"
#include "../memlayout.h"
#include "../mm/vma.h"

static const char *signal_name(u32 signal)
{
    static const char *const names[] = { [SIGILL] = "SIGILL", [SIGTRAP] = "SIGTRAP", [SIGABRT] = "SIGABRT", [SIGBUS] = "SIGBUS",
                                         [SIGFPE] = "SIGFPE", [SIGKILL] = "SIGKILL", [SIGSEGV] = "SIGSEGV" };
    return signal < COUNT(names) && names[signal] ? names[signal] : "signal";
}

static void finish(u32 wait_status) __attribute__((noreturn));
static void finish(u32 wait_status)
{
    current->wait_status = wait_status;
    current->state = TASK_ENDED;
    end_run(wait_status);
}

void end_by_exit(u32 code)
{
    log_line("pid %u (%s) exits with %u after %u page faults", current->pid, current->name, code & 0xff, current->faults);
    finish((code & 0xff) << 8);
}

void end_by_signal(u32 signal)
{
    log_line("pid %u (%s) ends by signal %u, %s", current->pid, current->name, signal, signal_name(signal));
    finish(signal & 0x7f);
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
