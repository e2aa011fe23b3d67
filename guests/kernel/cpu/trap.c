/*
 * All ways into the kernel end here: exceptions of the program become signals or served page faults, those of the
 * kernel itself a panic, int 0x80 a system call, IRQ 0 the timer, IRQ 4 a look at COM1. Source: SDM volume 3, chapter 6.
 *
 *   #DE 0, #MF 16, #XM 19, #NM 7 SIGFPE   #DB 1, #BP 3 SIGTRAP   #OF 4, #BR 5, #GP 13 and others SIGSEGV   #UD 6 SIGILL
 *   #AC 17 SIGBUS                 #PF 14 served, SIGSEGV or SIGBUS
 * *Not modelled*: signal handlers: a signal ends the run. A kernel stack overflow has no task of its own for #DF.
 */
#include "trap.h"
#include "../dev/pic.h"
#include "../dev/uart.h"
#include "../errno.h"
#include "../log.h"
#include "../memlayout.h"
#include "../mm/fault.h"
#include "../proc/exit.h"
#include "../proc/schedule.h"
#include "../proc/timer.h"
#include "../sys/syscall.h"
#include "instructions.h"
#include "segments.h"

struct fixup {
    u32 fault, resume;
};

extern const struct fixup fixup_table[], fixup_table_end[];
extern const u32 vector_table[48], syscall_vector;

static u64 idt[TRAP_SYSCALL + 1];

/* Interrupt gate (type 14): the kernel runs with interrupts off. */
static void set_gate(u32 vector, u32 handler, u32 ring)
{
    u32 high = (handler & 0xffff0000) | 0x8e00 | ring << 13;
    idt[vector] = (u64)high << 32 | KERNEL_CS << 16 | (handler & 0xffff);
}

void trap_init(void)
{
    for (u32 vector = 0; vector < 48; vector++)
        set_gate(vector, vector_table[vector], vector >= TRAP_BREAKPOINT && vector <= TRAP_BOUND ? 3 : 0);
    set_gate(TRAP_SYSCALL, syscall_vector, 3);
    struct { u16 limit; u32 base; } __attribute__((packed)) pointer = { sizeof idt - 1, (u32)idt };
    __asm__ volatile("lidt %0" : : "m"(pointer));
}

u32 fixup_for(u32 eip)
{
    for (const struct fixup *fixup = fixup_table; fixup < fixup_table_end; fixup++)
        if (fixup->fault == eip)
            return fixup->resume;
    return 0;
}

static u32 signal_of(u32 vector)
{
    switch (vector) {
    case TRAP_DIVIDE: case TRAP_NO_FPU: case TRAP_FPU: case TRAP_SIMD: return SIGFPE;
    case TRAP_DEBUG: case TRAP_BREAKPOINT: return SIGTRAP;
    case TRAP_INVALID: return SIGILL;
    case TRAP_ALIGN: return SIGBUS;
    default: return SIGSEGV;
    }
}

static void user_exception(struct trap_frame *frame)
{
    u32 address = frame->vector == TRAP_PAGE ? read_cr2() : 0;
    u32 signal = frame->vector == TRAP_PAGE ? serve_fault(address, frame->error) : signal_of(frame->vector);
    if (signal)
        end_by_fault(frame, signal, address);
}

static void kernel_exception(struct trap_frame *frame)
{
    u32 resume = fixup_for(frame->eip);
    if (!resume)
        panic(frame, "exception %u in the kernel", frame->vector);
    if (frame->vector == TRAP_PAGE) {
        u32 address = read_cr2();
        u32 signal = serve_fault(address, frame->error);
        if (!signal)
            return;
        if (signal == SIGKILL)
            end_by_signal(SIGKILL);
    }
    frame->eip = resume;
}

static void interrupt(u32 line)
{
    if (!pic_end(line))
        return;
    if (line == IRQ_TIMER)
        timer_interrupt();
    else if (line == IRQ_COM1)
        uart_interrupt();
}

/** Called by trap_entry.S with the program's, or the kernel's, registers. */
void trap(struct trap_frame *frame)
{
    if (from_user(frame))
        current->frame = frame;
    if (frame->vector == TRAP_SYSCALL)
        system_call(frame);
    else if (frame->vector >= TRAP_IRQ) {
        interrupt(frame->vector - TRAP_IRQ);
    } else if (frame->vector == TRAP_NMI)
        log_line("NMI");
    else if (from_user(frame))
        user_exception(frame);
    else
        kernel_exception(frame);
    if (from_user(frame))
        give_way();
}

/** IRET itself refused the program's CS or SS, for example a stack segment whose TLS descriptor it took away. */
void bad_user_frame(void)
{
    log_line("the program's stack segment is gone");
    end_by_signal(SIGSEGV);
}
