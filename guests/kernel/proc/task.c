/* The tables of tasks and processes: lists, for they are short. */
#include "task.h"
#include "../cpu/trap.h"
#include "../mm/kmalloc.h"
#include "kernel_stack.h"

struct task *current;
struct task *tasks;
struct process *processes;

static u32 task_count, last_pid;

u32 tasks_count(void)
{
    return task_count;
}

struct task *task_find(u32 pid)
{
    struct task *task = tasks;
    while (task && task->pid != pid)
        task = task->next;
    return task;
}

struct process *process_find(u32 pid)
{
    struct process *process = processes;
    while (process && process->pid != pid)
        process = process->next;
    return process;
}

/* A number no task, process, group or session goes by. */
static u32 free_pid(void)
{
    for (;;) {
        last_pid = last_pid + 1 < PID_MAX ? last_pid + 1 : 2;
        int used = task_find(last_pid) != NULL;
        for (struct process *process = processes; process && !used; process = process->next)
            used = process->pid == last_pid || process->group == last_pid || process->session == last_pid;
        if (!used)
            return last_pid;
    }
}

static struct process *process_create(u32 pid)
{
    struct process *process = kmalloc(sizeof *process);
    if (!process)
        return NULL;
    process->pid = pid;
    process->next = processes;
    processes = process;
    return process;
}

struct task *task_create(struct process *process)
{
    struct task *task = task_count < TASKS_MAX ? kmalloc(sizeof *task) : NULL;
    if (!task)
        return NULL;
    task->pid = free_pid();
    task->kernel_stack = kernel_stack_create();
    task->process = process ? process : task->kernel_stack ? process_create(task->pid) : NULL;
    if (!task->kernel_stack || !task->process) {
        if (task->kernel_stack)
            kernel_stack_free(task->kernel_stack);
        kfree(task);
        return NULL;
    }
    task->magic = TASK_MAGIC;
    task->version = TASK_VERSION;
    task->frame = task_frame(task);
    task->next = tasks;
    tasks = task;
    task->next_thread = task->process->threads;
    task->process->threads = task;
    task->process->thread_count++;
    task_count++;
    return task;
}

void task_unlink(struct task *task)
{
    struct task **link = &tasks;
    while (*link != task)
        link = &(*link)->next;
    *link = task->next;
    for (link = &task->process->threads; *link != task; link = &(*link)->next_thread)
        ;
    *link = task->next_thread;
    task->process->thread_count--;
    task_count--;
}

void task_free(struct task *task)
{
    kernel_stack_free(task->kernel_stack);
    kfree(task);
}

void process_free(struct process *process)
{
    struct process **link = &processes;
    while (*link != process)
        link = &(*link)->next;
    *link = process->next;
    wait_queue_free(&process->signal_sent);
    kfree(process);
}

void process_reap(struct process *process)
{
    struct process *parent = process->parent;
    if (parent) {
        struct process **link = &parent->children;
        while (*link != process)
            link = &(*link)->sibling;
        *link = process->sibling;
        usage_add(&parent->children_usage, &process->usage);
        usage_add(&parent->children_usage, &process->children_usage);
    }
    process_free(process);
}

struct trap_frame *task_frame(const struct task *task)
{
    return (struct trap_frame *)task->kernel_stack - 1;
}
