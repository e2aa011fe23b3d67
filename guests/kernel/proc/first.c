/* The first task: process 1, which is the program the run is about. */
#include "../fs/task_files.h"
#include "../log.h"
#include "../mm/address_space.h"
#include "task.h"

void first_task(void)
{
    struct task *task = task_create(NULL);
    current = task;
    if (task) {
        task->files = files_create();
        task->fs = fs_create();
        task->handlers = handlers_create();
        task->ready = 1;
        limits_init(task->process->limits);
        task->process->group = task->process->session = 1;
    }
    struct mm *mm = task ? mm_create() : NULL;
    if (!mm || !task->files || !task->fs || !task->handlers)
        panic(NULL, "not enough memory for a process");
    mm_switch(mm);
    set_kernel_stack(task->kernel_stack);
}
