/* The kernel's own start, in the order in which things need each other. */
#include "boot/bootinfo.h"
#include "cpu/instructions.h"
#include "cpu/segments.h"
#include "cpu/trap.h"
#include "dev/devices.h"
#include "dev/pic.h"
#include "dev/uart.h"
#include "exec/cmdline.h"
#include "exec/exec.h"
#include "exec/random.h"
#include "fs/ustar.h"
#include "log.h"
#include "memlayout.h"
#include "mm/frames.h"
#include "sys/clock.h"

#define CR0_MP 0x00000002u
#define CR0_EM 0x00000004u
#define CR0_NE 0x00000020u
#define CR0_WP 0x00010000u   /* the kernel, too, faults on a read-only page: so system calls copy on write */
#define CR0_AM 0x00040000u   /* programs may have alignment checked (EFLAGS.AC) */
#define CR0_NW_CD 0x60000000u   /* as reset leaves them: caches off */

#define CPUID_FPU 0x00000001u
#define CPUID_SSE 0x02000000u
#define CR4_OSFXSR     0x00000200u   /* programs may use XMM registers: there is but one program, so nothing is ever saved */
#define CR4_OSXMMEXCPT 0x00000400u   /* its exceptions are #XM */

/* With an x87, programs use it, as initialised here, and SSE too; without one, their instructions are #NM and #UD. */
static void processor_init(void)
{
    u32 features, cr0 = read_cr0() & ~(CR0_MP | CR0_EM | CR0_NW_CD);
    cpuid(1, &features);
    int fpu = features & CPUID_FPU;
    write_cr0(cr0 | CR0_WP | CR0_AM | CR0_NE | (fpu ? CR0_MP : CR0_EM));
    if (fpu)
        __asm__ volatile("fninit");
    if (features & CPUID_SSE)
        write_cr4(read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT);
}

static void drop_identity_mapping(void)
{
    *(u32 *)to_virtual(KERNEL_DIRECTORY) = 0;
    write_cr3(KERNEL_DIRECTORY);
}

/** Called by entry.S with the physical address of what the boot stage left. */
void kernel_main(u32 boot_physical)
{
    const struct boot_info *boot = to_virtual(boot_physical);
    struct cmdline cmdline;
    log_init();
    segments_init();
    trap_init();
    drop_identity_mapping();
    processor_init();
    frames_init(boot);
    pic_init(1 << IRQ_COM1);
    uart_init();
    clock_init();
    devices_init();
    u32 files = ustar_mount(boot->image_sectors);
    cmdline_read(&cmdline);
    log_enable(cmdline.log);
    log_line("memory: %u pages free; root: %u files at sector %u", frames_free(), files, boot->image_sectors);
    random_seed(cmdline.seed);
    exec_init(&cmdline);
}
