/* Processes: fork, exec, wait, groups, sessions, orphans, limits, identity. */
#include "check.h"
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>

static int *shared;

static int wait_status(pid_t pid)
{
    int status = -1;
    return waitpid(pid, &status, 0) == pid ? status & ~0x80 : -1;
}

static void forks(void)
{
    int local = 1;
    pid_t child = fork();
    if (!child) {
        local = 2;
        shared[0] = local;
        _exit(3);
    }
    equal(wait_status(child), 3 << 8, "fork and _exit");
    check(local == 1 && shared[0] == 2, "memory is copied, shared memory shared");
    child = vfork();
    if (!child) {
        shared[1] = 9;
        _exit(4);
    }
    equal(shared[1], 9, "vfork waits for the child");
    equal(wait_status(child), 4 << 8, "vfork");
    pid_t children[30];
    for (int i = 0; i < 30; i++) {
        children[i] = fork();
        if (!children[i])
            _exit(i);
    }
    int right = 0;
    for (int i = 29; i >= 0; i--)
        right += wait_status(children[i]) == i << 8;
    equal(right, 30, "thirty children, waited for in the other order");
    fails(wait(NULL), ECHILD, "none is left");
    fails(waitpid(1, NULL, 0), ECHILD, "not our child");
    fails(waitpid(-1, NULL, 0x100), EINVAL, "waitpid with a wrong option");
    child = fork();
    if (!child) {
        pid_t grandchild = fork();
        if (!grandchild) {
            while (getppid() == shared[2])
                usleep(1000);
            shared[3] = getppid();
            shared[4] = 1;
            _exit(0);
        }
        _exit(0);
    }
    shared[2] = child;
    wait_status(child);
    for (int i = 0; i < 1000 && !shared[4]; i++)
        usleep(1000);
    check(shared[4] == 1 && shared[3] != child, "an orphan gets another parent");
    fails(wait(NULL), ECHILD, "and is not our child");
    char *big = malloc(8 << 20);
    memset(big, 1, 8 << 20);
    child = fork();
    if (!child) {
        long sum = 0;
        for (int i = 0; i < 8 << 20; i += 4096) {
            sum += big[i];
            big[i] = 2;
        }
        _exit(sum == 2048 ? 0 : 1);
    }
    equal(wait_status(child), 0, "copy on write, in the child");
    long sum = 0;
    for (int i = 0; i < 8 << 20; i += 4096)
        sum += big[i];
    equal(sum, 2048, "and not in the parent");
    free(big);
}

static int status_of_exec(const char *how, char *const extra[])
{
    fflush(stdout);
    pid_t child = fork();
    if (!child) {
        char *argv[] = { "self", (char *)how, extra[0], extra[0] ? extra[1] : NULL, NULL };
        char *envp[] = { "A=1", "B=two", NULL };
        execve("/proc/self/exe", argv, envp);
        _exit(99);
    }
    return wait_status(child);
}

static int child_main(int argc, char **argv)
{
    extern char **environ;
    if (!strcmp(argv[1], "status"))
        return atoi(argv[2]);
    if (!strcmp(argv[1], "environment"))
        return environ[0] && !strcmp(environ[0], "A=1") && !strcmp(environ[1], "B=two") && !environ[2] && argc == 2 ? 5 : 6;
    if (!strcmp(argv[1], "signals")) {   /* ignored stays ignored, handlers do not stay, the mask does */
        struct sigaction one, two;
        sigset_t mask;
        sigaction(SIGUSR1, NULL, &one);
        sigaction(SIGUSR2, NULL, &two);
        sigprocmask(SIG_BLOCK, NULL, &mask);
        return one.sa_handler == SIG_IGN && two.sa_handler == SIG_DFL && sigismember(&mask, SIGTERM) ? 7 : 8;
    }
    if (!strcmp(argv[1], "long"))
        return strlen(argv[2]) == 100000 ? 9 : 10;
    return 98;
}

static void handler(int number) { (void)number; }

static void execs(void)
{
    equal(status_of_exec("status", (char *[]){ "42", NULL }), 42 << 8, "exec with arguments");
    equal(status_of_exec("environment", (char *[]){ NULL }), 5 << 8, "and an environment");
    sigset_t mask, old;
    signal(SIGUSR1, SIG_IGN);
    signal(SIGUSR2, handler);
    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigprocmask(SIG_BLOCK, &mask, &old);
    equal(status_of_exec("signals", (char *[]){ NULL }), 7 << 8, "what exec does to signals");
    sigprocmask(SIG_SETMASK, &old, NULL);
    char *text = malloc(100001);
    memset(text, 'x', 100000);
    text[100000] = 0;
    equal(status_of_exec("long", (char *[]){ text, NULL }), 9 << 8, "a long argument");
    free(text);
    char *argv[] = { "x", NULL };
    fails(execv("/nothing/there", argv), ENOENT, "exec of nothing");
    fails(execv("", argv), ENOENT, "exec of an empty path");
    fails(execv("/dev/null", argv), EACCES, "exec of a device");
    fails(execv((char *)8, argv), EFAULT, "exec of a bad pointer");
    fails(syscall(SYS_execve, "/proc/self/exe", 8, NULL), EFAULT, "exec with bad arguments");
    fails(execv("/", argv), EACCES, "exec of a directory");
    pid_t child = vfork();
    if (!child) {
        char *vfork_argv[] = { "self", "status", "13", NULL };
        execv("/proc/self/exe", vfork_argv);
        _exit(99);
    }
    equal(wait_status(child), 13 << 8, "vfork and exec");
}

static void groups(void)
{
    pid_t us = getpid();
    /* 0 where the session's leader is outside our PID namespace. */
    check(getsid(0) >= 0 && getpgrp() == getpgid(0) && getpgid(us) == getpgrp(), "getpgrp, getsid");
    pid_t child = fork();
    if (!child) {
        int good = setpgid(0, 0) == 0 && getpgrp() == getpid();
        good = good && setsid() == -1 && errno == EPERM;
        pid_t grandchild = fork();
        if (!grandchild)
            _exit(setsid() == getpid() && getpgrp() == getpid() && getsid(0) == getpid() ? 0 : 1);
        _exit(good && wait_status(grandchild) == 0 ? 0 : 1);
    }
    equal(wait_status(child), 0, "setpgid and setsid");
    child = fork();
    if (!child)
        for (;;)
            pause();
    equal(setpgid(child, child), 0, "setpgid of a child");
    pid_t second = fork();
    if (!second)
        for (;;)
            pause();
    equal(setpgid(second, child), 0, "the second of a pipeline joins");
    fails(setpgid(second, us + 10000), EPERM, "a group that is not there");
    fails(waitpid(0, NULL, WNOHANG), ECHILD, "no child in our group");
    equal(waitpid(-child, NULL, WNOHANG), 0, "two in theirs");
    equal(kill(-child, SIGTERM), 0, "a signal to the group");
    int status, sum = 0;
    for (int i = 0; i < 2; i++) {
        sum += waitpid(-child, &status, 0);
        check(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM, "ends one");
    }
    equal(sum, child + second, "both");
    fails(kill(-child, 0), ESRCH, "the group is gone");
    fails(getpgid(child), ESRCH, "getpgid of nobody");
    fails(setpgid(us, -1), EINVAL, "a negative group");
}

/* As root, Linux does not keep to RLIMIT_NPROC; where root may not become another, there is nothing to see. */
static void child_limit(void)
{
    pid_t child = fork();
    if (!child) {
        struct rlimit none = { 0, 0 };
        setrlimit(RLIMIT_NPROC, &none);
        if (geteuid() == 0 && syscall(SYS_setresuid32, 65534, 65534, 65534) != 0)
            _exit(0);
        pid_t more = fork();
        if (!more)
            _exit(0);
        _exit(more < 0 && errno == EAGAIN ? 0 : 1);
    }
    equal(wait_status(child), 0, "RLIMIT_NPROC");
}

/* Whoever runs the tests natively may have given them a niceness and a policy of his own. */
static void scheduling(void)
{
    equal(sched_yield(), 0, "sched_yield");
    int policy = sched_getscheduler(0);
    check(policy == SCHED_OTHER || policy == SCHED_BATCH || policy == SCHED_IDLE, "sched_getscheduler");
    struct sched_param param;
    check(sched_getparam(0, &param) == 0 && param.sched_priority == 0, "sched_getparam");
    equal(sched_get_priority_max(SCHED_FIFO), 99, "sched_get_priority_max");
    errno = 0;
    int before = getpriority(PRIO_PROCESS, 0);
    check(before >= -20 && before <= 19 && errno == 0, "getpriority");
    int nicer = before + 3 > 19 ? 19 : before + 3;
    equal(nice(3), nicer, "nice");
    equal(getpriority(PRIO_PROCESS, 0), nicer, "getpriority after it");
}

static void identity(void)
{
    struct utsname name;
    struct rlimit limit;
    struct rusage usage;
    struct sysinfo info;
    struct tms times_;
    uid_t r, e, s;
    check(uname(&name) == 0 && !strcmp(name.sysname, "Linux"), "uname");
    check(getuid() == geteuid() && getgid() == getegid(), "getuid and its like");
    check(getresuid(&r, &e, &s) == 0 && r == getuid() && e == r && s == r, "getresuid");
    equal(setuid(getuid()), 0, "setuid to oneself");
    equal(setgid(getgid()), 0, "setgid");
    equal(setreuid(-1, -1), 0, "setreuid");
    child_limit();
    equal(getrlimit(RLIMIT_STACK, &limit), 0, "getrlimit");
    check(limit.rlim_cur > 0, "a stack limit");
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = 20;
    equal(setrlimit(RLIMIT_NOFILE, &limit), 0, "setrlimit");
    getrlimit(RLIMIT_NOFILE, &limit);
    equal(limit.rlim_cur, 20, "and it is set");
    limit.rlim_cur = limit.rlim_max + 1;
    fails(setrlimit(RLIMIT_NOFILE, &limit), EINVAL, "soft above hard");
    fails(getrlimit(77, &limit), EINVAL, "no such limit");
    volatile double x = 1;
    struct timespec before, after;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    for (int i = 0; i < 20000000; i++)
        x = x * 1.0000001;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    check(after.tv_sec > before.tv_sec || after.tv_nsec - before.tv_nsec > 5000000, "processor time goes by");
    equal(getrusage(RUSAGE_SELF, &usage), 0, "getrusage");
    check(usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec > 5000 && usage.ru_minflt > 0 && usage.ru_maxrss > 0, "user time, faults, memory");
    pid_t child = fork();
    if (!child) {
        for (int i = 0; i < 20000000; i++)
            x = x * 1.0000001;
        _exit(0);
    }
    wait4(child, NULL, 0, &usage);
    check(usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec > 5000, "wait4 tells what the child used");
    check(times(&times_) != (clock_t)-1 && times_.tms_utime > 0 && times_.tms_cutime > 0, "times");
    check(sysinfo(&info) == 0 && info.totalram > info.freeram && info.procs >= 1, "sysinfo");
    check(personality(0xffffffff) == 0, "personality");
    char text[17] = "";
    equal(prctl(PR_SET_NAME, "a name that is too long"), 0, "PR_SET_NAME");
    prctl(PR_GET_NAME, text);
    check(!strcmp(text, "a name that is "), "PR_GET_NAME: %s", text);
    fails(prctl(9999, 0), EINVAL, "no such prctl");
    scheduling();
    cpu_set_t cpus;
    check(sched_getaffinity(0, sizeof cpus, &cpus) == 0 && CPU_COUNT(&cpus) >= 1, "sched_getaffinity");
    char random[2][32];
    check(syscall(SYS_getrandom, random[0], 32, 0) == 32 && syscall(SYS_getrandom, random[1], 32, 0) == 32 && memcmp(random[0], random[1], 32), "getrandom");
    fails(syscall(SYS_getrandom, random[0], 32, 0x80), EINVAL, "getrandom with a wrong flag");
    fails(syscall(499), ENOSYS, "a call that is not there");
    fails(syscall(0x10000), ENOSYS, "nor this");
}

static int thread_like(void *argument)
{
    *(int *)argument = 123;
    return 6;
}

static void clones(void)
{
    static char stack[65536];
    int value = 0, tid = 0;
    pid_t child = clone(thread_like, stack + sizeof stack, CLONE_VM | SIGCHLD, &value);
    equal(wait_status(child), 6 << 8, "clone with CLONE_VM");
    equal(value, 123, "shares memory");
    value = 0;
    child = clone(thread_like, stack + sizeof stack, SIGCHLD | CLONE_PARENT_SETTID, &value, &tid);
    equal(wait_status(child), 6 << 8, "clone without");
    check(value == 0 && tid == child, "does not; CLONE_PARENT_SETTID");
    child = clone(thread_like, stack + sizeof stack, CLONE_VM, &value);
    fails(waitpid(child, NULL, WNOHANG), ECHILD, "without a signal, it is no child for plain wait");
    equal(waitpid(child, NULL, __WALL), child, "but for __WALL");
    fails(syscall(SYS_clone, CLONE_THREAD | SIGCHLD, 0, 0, 0, 0), EINVAL, "CLONE_THREAD without CLONE_SIGHAND");
    fails(syscall(SYS_clone, CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0), EINVAL, "CLONE_SIGHAND without CLONE_VM");
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[0], "self"))
        return child_main(argc, argv);
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    forks();
    execs();
    groups();
    identity();
    clones();
    return failures;
}
