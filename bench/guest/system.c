/*
 * What kernels do, one workload each: answering system calls (int80.S has the ring-3 side), mapping pages on demand, switching
 * tasks and with them address spaces.
 */
#include "machine.h"

#define FRAMES ((u32)arena)
#define TASKS 4
#define TASK_PAGES 4
#define TASK_STACK 4096

extern void leave_user(void) __attribute__((noreturn));
enum { CALL_MIX = 1, CALL_LAST = 2 };

u32 int80_result;

void system_call(struct frame *frame)
{
    switch (frame->eax) {
    case CALL_MIX:
        frame->eax = mix(frame->ebx, frame->ecx);
        break;
    case CALL_LAST:
        int80_result = frame->ebx;
        leave_user();
    default:
        frame->eax = (u32)-38; /* ENOSYS */
    }
}

/* A frame of zeros for each page, when it is first touched. */
static void map_on_demand(u32 address)
{
    u32 page = (address - WINDOW) / PAGE, frame = FRAMES + page * PAGE;
    void *to = (void *)frame;
    u32 words = PAGE / 4;
    __asm__ volatile("rep stosl" : "+D"(to), "+c"(words) : "a"(0) : "memory");
    window_table[page] = frame | PTE_WRITABLE | PTE_PRESENT;
}

u32 fault_run(u32 count)
{
    u32 sum = 0;
    page_fault = map_on_demand;
    while (count--) {
        for (u32 page = 0; page < WINDOW_PAGES; page++) {
            volatile u32 *word = (u32 *)(WINDOW + page * PAGE + (page & 63) * 4);
            sum = mix(sum, *word + count);
            *word = sum;
        }
        for (u32 page = 0; page < WINDOW_PAGES; page++) {
            window_table[page] = 0;
            invalidate(WINDOW + page * PAGE);
        }
    }
    page_fault = 0;
    return sum;
}

/* Tasks have the kernel in common, and the window to themselves. */
struct task {
    u32 esp, cr3;
};
static struct task tasks[TASKS], main_task;
static u32 directories[TASKS][1024] __attribute__((aligned(4096)));
static u32 tables[TASKS][1024] __attribute__((aligned(4096)));
static u32 stacks[TASKS][TASK_STACK / 4];
static u32 slices, task_sum;

/* Saves what a C caller expects kept, changes address space and stack, goes on where the other stopped. */
void switch_to(struct task *from, const struct task *to);
__asm__(
    ".globl switch_to\n"
    "switch_to:\n\t"
    "movl 4(%esp), %eax\n\t"
    "movl 8(%esp), %edx\n\t"
    "pushl %ebx\n\t"
    "pushl %esi\n\t"
    "pushl %edi\n\t"
    "pushl %ebp\n\t"
    "movl %esp, (%eax)\n\t"
    "movl 4(%edx), %ecx\n\t"
    "movl %ecx, %cr3\n\t"
    "movl (%edx), %esp\n\t"
    "popl %ebp\n\t"
    "popl %edi\n\t"
    "popl %esi\n\t"
    "popl %ebx\n\t"
    "ret");

static void task_body(void)
{
    for (u32 turn = 0;; turn++) {
        for (u32 page = 0; page < TASK_PAGES; page++) {
            volatile u32 *word = (u32 *)(WINDOW + page * PAGE + (turn & 63) * 4);
            *word = mix(*word, task_sum + page);
            task_sum ^= *word;
        }
        u32 left = slices--;
        switch_to(&tasks[left % TASKS], slices ? &tasks[slices % TASKS] : &main_task);
    }
}

void cr3_prepare(void)
{
    for (u32 t = 0; t < TASKS; t++) {
        for (u32 i = 0; i < 1024; i++)
            directories[t][i] = kernel_directory[i];
        directories[t][WINDOW >> 22] = (u32)tables[t] | PTE_WRITABLE | PTE_PRESENT;
        for (u32 i = 0; i < TASK_PAGES; i++)
            tables[t][i] = (FRAMES + (t * TASK_PAGES + i) * PAGE) | PTE_WRITABLE | PTE_PRESENT;
        u32 *top = &stacks[t][TASK_STACK / 4 - 2];
        *top = (u32)task_body;
        tasks[t] = (struct task){(u32)(top - 4), (u32)directories[t]};
    }
    main_task.cr3 = (u32)kernel_directory;
}

u32 cr3_run(u32 count)
{
    slices = count;
    switch_to(&main_task, &tasks[slices % TASKS]);
    return task_sum;
}
