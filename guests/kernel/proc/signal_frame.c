/*
 * Linux's i386 frames, which unwinders, debuggers and C libraries know. From ESP at the handler's entry upwards:
 *
 *   old: return address, number, sigcontext, struct _fpstate, upper word of the mask, code
 *   new (SA_SIGINFO): return address, number, &info, &ucontext, siginfo, ucontext (with the sigcontext), code; _fpstate
 *
 * The code calls sigreturn; handlers set with SA_RESTORER return to the library's own instead. Nothing that comes back
 * is believed: selectors are of ring 3, or the way to ring 3 faults (trap_entry.S); of EFLAGS come the harmless bits.
 */
#include "signal_frame.h"
#include "../cpu/trap.h"
#include "../lib/string.h"
#include "../mm/user.h"
#include "../sys/syscall.h"
#include "fpu.h"
#include "task.h"

#define EFLAGS_FREE 0x00050dd5u   /* AC RF OF DF TF SF ZF AF PF CF */
#define EFLAGS_TF_DF_RF 0x00010500u
#define MINSIGSTKSZ 2048u
#define SS_ONSTACK 1u
#define SS_DISABLE 2u
#define SS_AUTODISARM 0x80000000u

struct sigcontext {
    u32 gs, fs, es, ds, edi, esi, ebp, esp, ebx, edx, ecx, eax, trapno, err, eip, cs, eflags, esp_at_signal, ss;
    u32 fpstate, oldmask, cr2;
};

struct old_frame {
    u32 return_address, number;
    struct sigcontext context;
    u8 fpstate_unused[FPSTATE_SIZE];
    u32 mask_high;
    u8 code[8];
};

struct new_frame {
    u32 return_address, number, info_at, context_at;
    struct signal_info info;
    u32 info_rest[32 - sizeof(struct signal_info) / 4];
    struct {
        u32 flags, link, stack_start, stack_flags, stack_size;
        struct sigcontext context;
        u64 mask;
    } ucontext;
    u8 code[8];
};

_Static_assert(sizeof(struct sigcontext) == 88, "struct sigcontext: layout");
_Static_assert(__builtin_offsetof(struct new_frame, ucontext) == 144, "struct rt_sigframe: layout");

/* pop eax; mov eax, 119 (sigreturn); int 80h          mov eax, 173 (rt_sigreturn); int 80h: unwinders look for these bytes */
static const u8 old_code[8] = { 0x58, 0xb8, SYS_sigreturn, 0, 0, 0, 0xcd, 0x80 };
static const u8 new_code[8] = { 0xb8, SYS_rt_sigreturn, 0, 0, 0, 0xcd, 0x80, 0 };

static int on_alternate_stack(u32 esp)
{
    return esp - current->alternate_stack.start - 1 < current->alternate_stack.size;
}

u32 alternate_stack_flags(u32 esp)
{
    if (!current->alternate_stack.size)
        return SS_DISABLE;
    return on_alternate_stack(esp) ? SS_ONSTACK : 0;
}

/* Where the frame goes: room for `size` bytes so that the handler's arguments are 16-aligned, and for fpstate above. */
static u32 place_frame(const struct trap_frame *frame, const struct action *action, u32 size, u32 *fpstate)
{
    u32 top = frame->esp;
    if (action->flags & SA_ONSTACK && !alternate_stack_flags(top))
        top = current->alternate_stack.start + current->alternate_stack.size;
    *fpstate = ((top - (FPSTATE_SIZE - 112)) & ~63u) - 112;
    return ((*fpstate - size + 4) & ~15u) - 4;
}

static struct sigcontext context_of(const struct trap_frame *f, u32 fpstate, u64 mask)
{
    return (struct sigcontext){
        f->gs & 0xffff, f->fs & 0xffff, f->es & 0xffff, f->ds & 0xffff, f->edi, f->esi, f->ebp, f->esp, f->ebx, f->edx, f->ecx, f->eax,
        current->fault.vector, current->fault.error, f->eip, f->cs & 0xffff, f->eflags, f->esp, f->ss & 0xffff,
        fpstate, (u32)mask, current->fault.address,
    };
}

s32 push_signal_frame(struct trap_frame *frame, const struct signal_info *info, const struct action *action, u64 mask)
{
    struct new_frame new;
    struct old_frame old = { 0 };
    u32 fpstate, at, restorer = action->flags & SA_RESTORER ? action->restorer : 0, is_new = action->flags & SA_SIGINFO;
    at = place_frame(frame, action, is_new ? sizeof new : sizeof old, &fpstate);
    struct sigcontext context = context_of(frame, fpstate, mask);
    s32 error = push_fpstate(fpstate);
    if (is_new) {
        new = (struct new_frame){ .return_address = restorer ? restorer : at + __builtin_offsetof(struct new_frame, code),
                                  .number = info->number, .info_at = at + __builtin_offsetof(struct new_frame, info),
                                  .context_at = at + __builtin_offsetof(struct new_frame, ucontext), .info = *info };
        new.ucontext.stack_start = current->alternate_stack.start;
        new.ucontext.stack_size = current->alternate_stack.size;
        new.ucontext.stack_flags = current->alternate_stack.flags | alternate_stack_flags(frame->esp);
        new.ucontext.context = context;
        new.ucontext.mask = mask;
        memcpy(new.code, new_code, sizeof new_code);
        error |= copy_to_user(at, &new, sizeof new);
    } else {
        old.return_address = restorer ? restorer : at + __builtin_offsetof(struct old_frame, code);
        old.number = info->number;
        old.context = context;
        old.mask_high = (u32)(mask >> 32);
        memcpy(old.code, old_code, sizeof old_code);
        error |= copy_to_user(at, &old, sizeof old);
    }
    if (error)
        return -EFAULT;
    if (current->alternate_stack.flags & SS_AUTODISARM)
        current->alternate_stack.size = current->alternate_stack.flags = 0;
    fpu_reset();
    frame->esp = at;
    frame->eip = action->handler;
    frame->eax = info->number;   /* for handlers that take their arguments in registers */
    frame->edx = is_new ? new.info_at : 0;
    frame->ecx = is_new ? new.context_at : 0;
    frame->ds = frame->es = frame->ss = USER_DS;
    frame->cs = USER_CS;
    frame->eflags &= ~EFLAGS_TF_DF_RF;
    return 0;
}

/* Puts the registers back. EAX, to be answered as the call's result. */
static s32 restore(struct trap_frame *f, const struct sigcontext *c, u64 mask)
{
    current->blocked = mask & ~(signal_bit(SIGKILL) | signal_bit(SIGSTOP));
    if (c->fpstate && pop_fpstate(c->fpstate))
        force_signal(&(struct signal_info){ .number = SIGSEGV, .code = SI_KERNEL });
    f->gs = c->gs & 0xffff;
    f->fs = c->fs & 0xffff;
    f->es = c->es & 0xffff;
    f->ds = c->ds & 0xffff;
    f->edi = c->edi;
    f->esi = c->esi;
    f->ebp = c->ebp;
    f->esp = c->esp;
    f->ebx = c->ebx;
    f->edx = c->edx;
    f->ecx = c->ecx;
    f->eip = c->eip;
    f->cs = (c->cs & 0xffff) | 3;
    f->ss = (c->ss & 0xffff) | 3;
    f->eflags = (f->eflags & ~EFLAGS_FREE) | (c->eflags & EFLAGS_FREE);
    f->error = NO_RESTART;
    return (s32)c->eax;
}

static s32 bad_frame(void)
{
    force_signal(&(struct signal_info){ .number = SIGSEGV, .code = SI_KERNEL });
    return 0;
}

s32 sys_sigreturn(void)
{
    struct trap_frame *frame = current->frame;
    u32 at = frame->esp - 8;   /* the return address and the number have been popped */
    struct sigcontext context;
    u32 mask_high;
    if (copy_from_user(&context, at + __builtin_offsetof(struct old_frame, context), sizeof context) ||
        copy_from_user(&mask_high, at + __builtin_offsetof(struct old_frame, mask_high), 4))
        return bad_frame();
    return restore(frame, &context, (u64)mask_high << 32 | context.oldmask);
}

s32 sys_rt_sigreturn(void)
{
    struct new_frame new;
    struct trap_frame *frame = current->frame;
    u32 at = frame->esp - 4;   /* the return address has been popped */
    if (copy_from_user(&new, at, sizeof new))
        return bad_frame();
    u32 flags = new.ucontext.stack_flags;
    s32 answer = restore(frame, &new.ucontext.context, new.ucontext.mask);
    if (!on_alternate_stack(frame->esp)) {
        int off = (flags & SS_DISABLE) != 0;
        current->alternate_stack.start = off ? 0 : new.ucontext.stack_start;
        current->alternate_stack.size = off ? 0 : new.ucontext.stack_size;
        current->alternate_stack.flags = off ? 0 : flags & SS_AUTODISARM;
    }
    return answer;
}

s32 sys_sigaltstack(u32 new_at, u32 old_at)
{
    struct { u32 start, flags, size; } stack;
    u32 state = alternate_stack_flags(current->frame->esp);
    u32 old[3] = { current->alternate_stack.start, current->alternate_stack.flags | state, current->alternate_stack.size };
    if (new_at) {
        if (copy_from_user(&stack, new_at, sizeof stack))
            return -EFAULT;
        if (state == SS_ONSTACK)
            return -EPERM;
        u32 mode = stack.flags & ~SS_AUTODISARM;
        if (mode != 0 && mode != SS_DISABLE && mode != SS_ONSTACK)
            return -EINVAL;
        if (mode != SS_DISABLE && stack.size < MINSIGSTKSZ)
            return -ENOMEM;
        int off = mode == SS_DISABLE;
        current->alternate_stack.start = off ? 0 : stack.start;
        current->alternate_stack.size = off ? 0 : stack.size;
        current->alternate_stack.flags = off ? 0 : stack.flags & SS_AUTODISARM;
    }
    return old_at ? copy_to_user(old_at, old, sizeof old) : 0;
}
