/* Stopping and continuing processes: job control. */
#pragma once
#include "signal.h"

#define STOP_SIGNALS (signal_bit(SIGSTOP) | signal_bit(SIGTSTP) | signal_bit(SIGTTIN) | signal_bit(SIGTTOU))

/** The current process stops, by this signal; comes back when it goes on. */
void process_stop(u32 number);
/** It goes on, if it had stopped. */
void process_continue(struct process *process);
/** For each thread on its way back to the program: waits while the process is stopped. */
void wait_while_stopped(void);
/** A group none of whose members has a parent outside it, in its session: nobody could continue it. */
int is_orphaned_group(u32 group);
void drop_from_all(struct process *process, u64 set);
