/*
 * execve, and the first program. The new address space is built while the old one is still there, so that a program that
 * cannot be loaded leaves the caller as it was. Then the other threads end, and what belongs to a program and not to its
 * process goes: handlers, the alternate stack, TLS, descriptors marked so. The registers are zero but for ESP: EDX = 0
 * says that there is no function to register with atexit (i386 ABI).
 */
#include "exec.h"
#include "../cpu/trap.h"
#include "../fs/mount.h"
#include "../fs/walk.h"
#include "../fs/task_files.h"
#include "../lib/string.h"
#include "../log.h"
#include "../memlayout.h"
#include "../mm/address_space.h"
#include "../mm/frames.h"
#include "../mm/kmalloc.h"
#include "../mm/user.h"
#include "../proc/fpu.h"
#include "../proc/futex.h"
#include "../proc/posix_timer.h"
#include "../proc/schedule.h"
#include "../proc/vfork.h"
#include "../sys/syscall.h"
#include "arguments.h"
#include "cmdline.h"
#include "load.h"
#include "program_file.h"
#include "script.h"

#define EFLAGS_START 0x202u   /* IF, and bit 1, which is always one */

static void name_task(const char *path)
{
    const char *last = path;
    for (const char *c = path; *c; c++)
        if (*c == '/')
            last = c + 1;
    copy_string(current->name, last, TASK_NAME);
}

static void set_registers(void)
{
    *current->frame = (struct trap_frame){ .ds = USER_DS, .es = USER_DS, .vector = TRAP_SYSCALL, .error = NO_RESTART, .eip = current->mm->entry,
                                           .cs = USER_CS, .eflags = EFLAGS_START, .esp = current->mm->start_stack, .ss = USER_DS };
    fpu_reset();
}

/* The thread that calls exec goes on alone, as the process. 0, or -errno when it is to end itself. */
static s32 end_other_threads(void)
{
    struct process *process = current->process;
    if (process->exec || process->exiting)
        return -ERESTARTSYS;
    process->exec = current;
    for (struct task *task = process->threads; task; task = task->next_thread)
        if (task != current)
            make_ready(task);   /* they end on their way back to the program */
    while (process->thread_count > 1 && !process->exiting)
        sleep_on(&process->thread_ended);
    process->exec = NULL;
    if (process->exiting)
        return -ERESTARTSYS;
    current->pid = process->pid;
    return 0;
}

/* 0, or -ENOMEM. */
static s32 own_handlers(void)
{
    struct handlers *own = current->handlers->references > 1 ? handlers_copy(current->handlers) : current->handlers;
    if (!own)
        return -ENOMEM;
    if (own != current->handlers)
        handlers_release(current->handlers);
    current->handlers = own;
    return 0;
}

static s32 own_files(void)
{
    struct files *own = files_unshare(current->files);
    if (!own)
        return -ENOMEM;
    current->files = own;
    return 0;
}

static void forget_old_program(void)
{
    handlers_reset(current->handlers);
    posix_timers_delete(current->process);
    files_close_on_exec(current->files);
    memset(&current->alternate_stack, 0, sizeof current->alternate_stack);
    memset(current->tls, 0, sizeof current->tls);
    load_tls(current->tls);
    current->clear_child_tid = current->robust_list = 0;
    current->process->has_execed = 1;
    current->process->exit_signal = SIGCHLD;
}

/* 0: the registers are those of the new program. */
static s32 run(const struct program *program)
{
    struct mm *new = mm_create();
    if (!new)
        return -ENOMEM;
    struct mm *old = mm_switch(new);
    const char *why = load(program);
    s32 error = why ? -ENOEXEC : end_other_threads();
    if (!error)
        error = own_handlers();
    if (!error)
        error = own_files();
    if (error) {
        if (why)
            log_line("pid %u cannot run %s: %s", current->pid, program->path, why);
        mm_release(mm_switch(old));
        return error;
    }
    mm_switch(old);
    release_robust_futexes();   /* the old memory's last duty */
    mm_announce_end(0);
    mm_switch(new);
    mm_release(old);
    vfork_done(current);
    name_task(program->path);
    forget_old_program();
    set_registers();
    return 0;
}

static s32 gather(struct arguments *arguments, const struct script *script, u32 argv, u32 envp)
{
    s32 error = 0;
    const char *string = script->strings;
    for (u32 i = 0; i < script->count && !error; i++) {
        error = arguments_add(arguments, string);
        string += strlen(string) + 1;
    }
    if (!error)
        error = arguments_add_array(arguments, argv, script->count ? 1 : 0, &arguments->argc);
    arguments->argc += script->count;
    if (!error && !arguments->argc) {   /* as Linux since 5.18: programs count on argv[0] */
        error = arguments_add(arguments, "");
        arguments->argc = 1;
    }
    arguments->environment = arguments->length;
    return error ? error : arguments_add_array(arguments, envp, 0, &arguments->envc);
}

static s32 execute(const char *path, u32 argv, u32 envp)
{
    struct dentry *file;
    struct script *script = kmalloc(sizeof *script);
    struct arguments *arguments = arguments_create();
    s32 error = script && arguments ? script_follow(path, &file, script) : -ENOMEM;
    if (!error) {
        error = gather(arguments, script, argv, envp);
        if (!error)
            error = run(&(struct program){ file, path, arguments });
        program_close(file);
    }
    if (arguments)
        arguments_free(arguments);
    kfree(script);
    return error;
}

s32 sys_execve(u32 path_at, u32 argv, u32 envp)
{
    u32 frame = frame_alloc();
    if (!frame)
        return -ENOMEM;
    char *path = to_virtual(frame);
    s32 error = string_from_user(path, path_at, PATH_LIMIT);
    if (error >= 0)
        error = execute(path, argv, envp);
    frame_release(frame);
    return error;
}

static void refuse(const char *path, const char *why, u32 code) __attribute__((noreturn));
static void refuse(const char *path, const char *why, u32 code)
{
    log_line("cannot run %s: %s", path, why);
    current->process->wait_status = code << 8;
    current->state = TASK_ENDED;
    end_run(code << 8);
}

static s32 add_file(struct arguments *arguments, const char *path, u32 *count)
{
    struct dentry *file = path_find(path);
    s32 error = file ? arguments_add_file(arguments, file->inode, count) : 0;
    if (file)
        dentry_release(file);
    return error;
}

/* From boot/argv and boot/envp; a missing boot/argv counts as the path alone. */
static s32 gather_first(struct arguments *arguments, const char *path)
{
    s32 error = add_file(arguments, "/boot/argv", &arguments->argc);
    if (!error && !arguments->argc) {
        error = arguments_add(arguments, path);
        arguments->argc = 1;
    }
    arguments->environment = arguments->length;
    return error ? error : add_file(arguments, "/boot/envp", &arguments->envc);
}

void exec_init(const struct cmdline *cmdline)
{
    struct dentry *file;
    const char *path = cmdline->init;
    struct arguments *arguments = arguments_create();
    s32 error = program_open(path, &file);
    if (error)
        refuse(path, error == -EACCES ? "not a file that may be executed" : "no such file", error == -EACCES ? 126 : 127);
    name_task(path);
    if (!arguments || gather_first(arguments, path))
        refuse(path, "no room for its arguments and its environment", 126);
    load_randomised(cmdline->aslr);
    const char *why = load(&(struct program){ file, path, arguments });
    if (why)
        refuse(path, why, 126);
    program_close(file);
    arguments_free(arguments);
    const struct mm *mm = current->mm;
    log_line("pid 1: %s, entry %08x, heap %08x, mmap base %08x, stack %08x, seed %u%s", path, mm->entry, mm->brk, mm->mmap_base, mm->start_stack,
             cmdline->seed, cmdline->aslr ? "" : ", aslr off");
    set_registers();
    current->state = TASK_RUNNING;
    usage_idle_ended();   /* the time so far was the boot's */
    __asm__ volatile("movl %0, %%esp\n\tjmp trap_return" : : "r"(current->frame) : "memory");
    __builtin_unreachable();
}
