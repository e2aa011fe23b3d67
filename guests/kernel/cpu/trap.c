/*
 * All ways into the kernel end here: exceptions of the program become signals or served page faults (exception.c), those
 * of the kernel itself a panic, int 0x80 a system call, IRQ 0 the timer, IRQ 4 a look at COM1. Source: SDM volume 3,
 * chapter 6.
 * *Not modelled*: a kernel stack overflow has no task of its own for #DF.
 */
#include "trap.h"
#include "../dev/pic.h"
#include "../dev/uart.h"
#include "../log.h"
#include "../memlayout.h"
#include "../mm/fault.h"
#include "../proc/schedule.h"
#include "../proc/signal.h"
#include "../proc/task.h"
#include "../proc/timer.h"
#include "../sys/syscall.h"
#include "exception.h"
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

static void kernel_exception(struct trap_frame *frame)
{
    u32 resume = fixup_for(frame->eip);
    if (frame->vector == TRAP_DEBUG)   /* a program's single step that came late, after POP SS */
        return;
    if (!resume)
        panic(frame, "exception %u in the kernel", frame->vector);
    if (frame->vector == TRAP_PAGE) {
        u32 address = read_cr2();
        if (!serve_fault(address, frame->error).number)
            return;
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
        uart_interrupt(COM1);
    else if (line == IRQ_COM2)
        uart_interrupt(COM2);
}

/* The call is to be made again, perhaps, or was made with another mask. */
static int call_unfinished(const struct trap_frame *frame)
{
    return frame->vector == TRAP_SYSCALL && ((frame->error != NO_RESTART && wants_restart((s32)frame->eax)) || current->restore_mask);
}

/** Called by trap_entry.S with the program's, or the kernel's, registers. */
void trap(struct trap_frame *frame)
{
    if (from_user(frame))
        usage_kernel_entered();
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
    if (from_user(frame)) {
        do
            if (signal_pending(current) || call_unfinished(frame))
                deliver_signals(frame);
        while (give_way());
        usage_kernel_left();
    }
}
