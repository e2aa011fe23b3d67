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
#include "dev/tty.h"
#include "fs/mounts.h"
#include "log.h"
#include "memlayout.h"
#include "mm/frames.h"
#include "mm/pagetable.h"
#include "proc/fpu.h"
#include "proc/kernel_stack.h"
#include "proc/task.h"
#include "proc/timer.h"
#include "sys/clock.h"

#define CR0_NE 0x00000020u
#define CR0_WP 0x00010000u   /* the kernel, too, faults on a read-only page: so system calls copy on write */
#define CR0_AM 0x00040000u   /* programs may have alignment checked (EFLAGS.AC) */
#define CR4_PGE 0x00000080u
#define CPUID_PGE 0x00002000u
#define CR0_NW_CD 0x60000000u   /* as reset leaves them: caches off */

/* With an x87, programs use it, as initialised here, and SSE too; without one, their instructions are #NM and #UD. */
static void processor_init(void)
{
    write_cr0((read_cr0() & ~CR0_NW_CD) | CR0_WP | CR0_AM | CR0_NE);
    fpu_init();
}

/* The kernel's own pages are the same in every address space: so they are global, and stay known when CR3 changes. */
static void paging_init(void)
{
    u32 features, *directory = to_virtual(KERNEL_DIRECTORY);
    directory[0] = 0;   /* the identity mapping of the boot */
    directory_load(KERNEL_DIRECTORY);
    cpuid(1, &features);
    if (!(features & CPUID_PGE))
        return;
    for (u32 i = KERNEL_BASE >> 22; i < 1024; i++)
        if (directory[i] & PTE_LARGE)
            directory[i] |= PTE_GLOBAL;
    write_cr4(read_cr4() | CR4_PGE);
}

/** Called by entry.S with the physical address of what the boot stage left. */
void kernel_main(u32 boot_physical)
{
    const struct boot_info *boot = to_virtual(boot_physical);
    struct cmdline cmdline;
    log_init();
    segments_init();
    trap_init();
    paging_init();
    processor_init();
    frames_init(boot);
    kernel_stacks_init();
    pic_init(1 << IRQ_TIMER | 1 << IRQ_COM2 | 1 << IRQ_COM1);
    uart_init();
    clock_init();
    timer_init();
    devices_init();
    mount_root(boot->image_sectors);
    first_task();
    cmdline_read(&cmdline);
    log_enable(cmdline.log);
    log_line("memory: %u pages free; root at sector %u", frames_free(), boot->image_sectors);
    random_seed(cmdline.seed);
    tty_init(cmdline.terminals, cmdline.rows, cmdline.columns);
    mount_others();
    enter_directory();
    devices_open_standard(&cmdline);
    exec_init(&cmdline);
}
