/*
 * What an exception of a program becomes, as on Linux:
 *
 *   #DE 0 SIGFPE   #DB 1, #BP 3 SIGTRAP   #UD 6 SIGILL   #NP 11, #SS 12, #AC 17 SIGBUS   #PF 14 served, SIGSEGV or SIGBUS
 *   #MF 16, #XM 19 SIGFPE, with the reason from status and control bits   #NM 7 (no x87) SIGFPE   others SIGSEGV
 */
#include "exception.h"
#include "../mm/fault.h"
#include "../proc/fpu.h"
#include "../proc/signal.h"
#include "../proc/task.h"
#include "instructions.h"
#include "trap.h"

/* Exception flags of x87 and SSE alike: bit 0 invalid, 1 denormal, 2 zero divide, 3 overflow, 4 underflow, 5 precision. */
static s32 float_code(u32 flags)
{
    return flags & 0x01 ? FPE_FLTINV : flags & 0x04 ? FPE_FLTDIV : flags & 0x08 ? FPE_FLTOVF : flags & 0x12 ? FPE_FLTUND : flags & 0x20 ? FPE_FLTRES : 0;
}

static struct signal_info classify(const struct trap_frame *frame)
{
    switch (frame->vector) {
    case TRAP_DIVIDE: return (struct signal_info){ SIGFPE, 0, FPE_INTDIV, { frame->eip } };
    case TRAP_DEBUG: return (struct signal_info){ SIGTRAP, 0, TRAP_TRACE, { frame->eip } };
    case TRAP_BREAKPOINT: return (struct signal_info){ SIGTRAP, 0, SI_KERNEL, { 0 } };
    case TRAP_INVALID: return (struct signal_info){ SIGILL, 0, ILL_ILLOPN, { frame->eip } };
    case TRAP_NO_FPU: return (struct signal_info){ SIGFPE, 0, SI_KERNEL, { 0 } };
    case TRAP_NO_SEGMENT: case TRAP_STACK: return (struct signal_info){ SIGBUS, 0, SI_KERNEL, { 0 } };
    case TRAP_ALIGN: return (struct signal_info){ SIGBUS, 0, BUS_ADRALN, { 0 } };
    case TRAP_FPU: return (struct signal_info){ SIGFPE, 0, float_code(x87_exceptions()), { frame->eip } };
    case TRAP_SIMD: return (struct signal_info){ SIGFPE, 0, float_code(sse_exceptions()), { frame->eip } };
    default: return (struct signal_info){ SIGSEGV, 0, SI_KERNEL, { 0 } };
    }
}

void user_exception(struct trap_frame *frame)
{
    u32 address = frame->vector == TRAP_PAGE ? read_cr2() : 0;
    struct signal_info info = frame->vector == TRAP_PAGE ? serve_fault(address, frame->error) : classify(frame);
    if (!info.number)
        return;
    current->fault.vector = frame->vector;
    current->fault.error = frame->error;
    if (frame->vector == TRAP_PAGE)
        current->fault.address = address;
    current->fault.fresh = 1;
    force_signal(&info);
}
