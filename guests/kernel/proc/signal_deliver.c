/*
 * The way back to the program: signals that wait are taken, one after the other, until one has a handler, whose frame is
 * then built. A system call that a signal cut short is made again when there is no handler, or when that was asked for:
 *
 *   answer of the call       no handler         handler with SA_RESTART   without
 *   -ERESTARTSYS             again              again                     -EINTR
 *   -ERESTARTNOHAND          again              -EINTR                    -EINTR
 *   -ERESTART_RESTARTBLOCK   restart_syscall()  -EINTR                    -EINTR
 */
#include "../cpu/trap.h"
#include "../sys/syscall.h"
#include "exit.h"
#include "signal_frame.h"
#include "stop.h"
#include "task.h"

#define SYSCALL_LENGTH 2u   /* of INT 80h */

/* Makes the program call again: EAX gets back the number, which the frame has kept (trap.h). */
static void call_again(struct trap_frame *frame, u32 number)
{
    frame->eax = number;
    frame->eip -= SYSCALL_LENGTH;
}

static void finish_call(struct trap_frame *frame, const struct action *handler)
{
    if (frame->vector != TRAP_SYSCALL || frame->error == NO_RESTART)
        return;
    s32 answer = (s32)frame->eax;
    if (answer == -ERESTARTSYS && (!handler || handler->flags & SA_RESTART))
        call_again(frame, frame->error);
    else if (answer == -ERESTARTNOHAND && !handler)
        call_again(frame, frame->error);
    else if (answer == -ERESTART_RESTARTBLOCK && !handler)
        call_again(frame, SYS_restart_syscall);
    else if (answer == -ERESTARTSYS || answer == -ERESTARTNOHAND || answer == -ERESTART_RESTARTBLOCK)
        frame->eax = (u32)-EINTR;
    frame->error = NO_RESTART;
}

static u32 take_next(struct signal_info *info)
{
    u64 wanted = ~current->blocked;
    u32 number = take_signal(&current->pending, wanted, info);
    return number ? number : take_signal(&current->process->pending, wanted, info);
}

static void act_by_default(const struct signal_info *info)
{
    u32 number = info->number;
    if (is_ignored(current, number))
        return;
    if (!(signal_bit(number) & STOP_SIGNALS))
        end_by_signal(info);
    if (number == SIGSTOP || !is_orphaned_group(current->process->group))
        process_stop(number);
}

static void enter_handler(struct trap_frame *frame, const struct signal_info *info, struct action *action)
{
    struct action chosen = *action;
    u64 mask = current->restore_mask ? current->saved_mask : current->blocked;
    current->restore_mask = 0;
    finish_call(frame, &chosen);
    if (action->flags & SA_RESETHAND)
        action->handler = SIG_DFL;
    s32 error = push_signal_frame(frame, info, &chosen, mask);
    current->fault.fresh = 0;
    if (error) {
        if (info->number == SIGSEGV)
            action->handler = SIG_DFL;   /* no room for its own frame: no second try */
        force_signal(&(struct signal_info){ .number = SIGSEGV, .code = SI_KERNEL });
        return;
    }
    current->blocked |= chosen.mask | (chosen.flags & SA_NODEFER ? 0 : signal_bit(info->number));
}

void deliver_signals(struct trap_frame *frame)
{
    struct signal_info info;
    for (;;) {
        if (current->process->exiting)
            end_task(current->process->wait_status);
        if (current->process->exec && current->process->exec != current)
            end_task(0);
        if (current->process->stopping) {
            wait_while_stopped();
            continue;
        }
        u32 number = take_next(&info);
        if (!number)
            break;
        struct action *action = &current->handlers->action[number - 1];
        if (action->handler > SIG_IGN)
            enter_handler(frame, &info, action);
        else
            act_by_default(&info);
    }
    finish_call(frame, NULL);
    if (current->restore_mask) {
        current->blocked = current->saved_mask;
        current->restore_mask = 0;
    }
}
