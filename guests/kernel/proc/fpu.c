/*
 * Eager switching: the registers go with the task, used or not. FXSAVE's image where CPUID has it (SDM volume 1, 10.5),
 * else FNSAVE's (8.1.10), which also initialises, so that a load follows. Without an x87 there is nothing to do.
 */
#include "fpu.h"
#include "../cpu/instructions.h"
#include "task.h"

#define CR0_MP 0x00000002u
#define CR0_EM 0x00000004u
#define CR4_OSFXSR     0x00000200u   /* FXSAVE keeps XMM registers too, and programs may use them */
#define CR4_OSXMMEXCPT 0x00000400u   /* their exceptions are #XM */
#define CPUID_FPU  0x00000001u
#define CPUID_FXSR 0x01000000u
#define CPUID_SSE  0x02000000u
#define MXCSR_RESET 0x1f80u

static u32 features;

void fpu_init(void)
{
    cpuid(1, &features);
    write_cr0((read_cr0() & ~(CR0_MP | CR0_EM)) | (features & CPUID_FPU ? CR0_MP : CR0_EM));
    if (fpu_has_fxsave())
        write_cr4(read_cr4() | CR4_OSFXSR | (features & CPUID_SSE ? CR4_OSXMMEXCPT : 0));
    fpu_reset();
}

int fpu_has_fxsave(void)
{
    return (features & CPUID_FXSR) != 0;
}

void fpu_reset(void)
{
    static const u8 zeros[16] __attribute__((aligned(16)));
    static const u32 mxcsr = MXCSR_RESET;
    if (features & CPUID_FPU)
        __asm__ volatile("fninit");
    if (features & CPUID_SSE)
        __asm__ volatile("ldmxcsr %1\n\tmovaps %0, %%xmm0\n\tmovaps %0, %%xmm1\n\tmovaps %0, %%xmm2\n\tmovaps %0, %%xmm3\n\t"
                         "movaps %0, %%xmm4\n\tmovaps %0, %%xmm5\n\tmovaps %0, %%xmm6\n\tmovaps %0, %%xmm7" : : "m"(zeros), "m"(mxcsr));
}

void fpu_store(struct task *task)
{
    if (fpu_has_fxsave())
        __asm__ volatile("fxsave %0" : "=m"(task->fpu));
    else if (features & CPUID_FPU)
        __asm__ volatile("fnsave %0\n\tfrstor %0" : "=m"(task->fpu));
}

void fpu_load(const struct task *task)
{
    if (fpu_has_fxsave())
        __asm__ volatile("fxrstor %0" : : "m"(task->fpu));
    else if (features & CPUID_FPU)
        __asm__ volatile("frstor %0" : : "m"(task->fpu));
}

void fpu_switch(struct task *from, struct task *to)
{
    if (from->state != TASK_ENDED)
        fpu_store(from);
    fpu_load(to);
}

unsigned x87_exceptions(void)
{
    u16 status, control;
    __asm__ volatile("fnstsw %0\n\tfnstcw %1" : "=m"(status), "=m"(control));
    return status & ~control & 0x3f;
}

unsigned sse_exceptions(void)
{
    u32 mxcsr;   /* flags in bits 0-5, masks in 7-12 */
    __asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
    return mxcsr & ~(mxcsr >> 7) & 0x3f;
}
