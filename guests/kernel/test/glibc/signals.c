/* Signals: actions, masks, frames, restarted calls, alternate stacks, faults that are caught. */
#include "check.h"
#include <fenv.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>

static volatile sig_atomic_t count, last, last_code;
static void *volatile last_address;
static sigjmp_buf back;
static jmp_buf plain_back;
static volatile int trapno, err_bits;
static volatile unsigned cr2;

static void counting(int number) { count++; last = number; }

static void informed(int number, siginfo_t *info, void *context)
{
    (void)context;
    count++;
    last = number;
    last_code = info->si_code;
    last_address = info->si_addr;
}

static void jumping(int number, siginfo_t *info, void *context)
{
    __asm__ volatile("pushfl; andl $0xfffbffff, (%%esp); popfl" : : : "cc", "memory");   /* AC, which the C library does not keep to */
    ucontext_t *uc = context;
    last = number;
    last_code = info->si_code;
    last_address = info->si_addr;
    trapno = uc->uc_mcontext.gregs[REG_TRAPNO];
    err_bits = uc->uc_mcontext.gregs[REG_ERR];
    cr2 = (unsigned)uc->uc_mcontext.cr2;
    siglongjmp(back, 1);
}

static void set(int number, void *handler, int flags)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = (void (*)(int, siginfo_t *, void *))handler;
    action.sa_flags = flags;
    sigaction(number, &action, NULL);
}

#define FAULT(number, code, what, ...)                                                  \
    do {                                                                                \
        last = last_code = -1;                                                          \
        if (!sigsetjmp(back, 1)) {                                                      \
            __VA_ARGS__;                                                                \
            check(0, "%s: no signal", what);                                            \
        } else                                                                          \
            check(last == (number) && last_code == (code), "%s: signal %d code %d trap %d error %x", what, (int)last, (int)last_code, trapno, err_bits); \
    } while (0)

static void faults(void)
{
    int numbers[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP };
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
        set(numbers[i], jumping, SA_SIGINFO | SA_NODEFER);
    volatile int zero = 0;
    volatile int *null = NULL;
    char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    FAULT(SIGSEGV, SEGV_MAPERR, "null read", (void)*null);
    equal(cr2, 0, "cr2");
    FAULT(SIGSEGV, SEGV_MAPERR, "write to 0x1234", *(volatile int *)0x1234 = 1);
    equal((long)last_address, 0x1234, "si_addr");
    equal(cr2, 0x1234, "cr2");
    FAULT(SIGSEGV, SEGV_ACCERR, "write to a read-only page", *(volatile char *)(page + 5) = 1);
    equal(last_address == page + 5, 1, "si_addr");
    munmap(page, 4096);
    FAULT(SIGFPE, FPE_INTDIV, "division by zero", __asm__ volatile("divl %0" : : "r"(zero), "a"(1), "d"(0)));
    check(last_address != NULL, "si_addr");
    FAULT(SIGILL, ILL_ILLOPN, "ud2", __asm__ volatile("ud2"));
    FAULT(SIGTRAP, SI_KERNEL, "int3", __asm__ volatile("int3"));
    FAULT(SIGSEGV, SI_KERNEL, "hlt", __asm__ volatile("hlt"));
    FAULT(SIGSEGV, SI_KERNEL, "out", __asm__ volatile("outb %al, $0x80"));
    FAULT(SIGSEGV, SI_KERNEL, "int 0x21", __asm__ volatile("int $0x21"));
    FAULT(SIGTRAP, TRAP_TRACE, "single step", __asm__ volatile("pushfl; orl $0x100, (%%esp); popfl; nop" : : : "cc", "memory"));
    FAULT(SIGBUS, BUS_ADRALN, "unaligned with AC", __asm__ volatile("pushfl; orl $0x40000, (%%esp); popfl; movl 1(%%esp), %%eax" : : : "eax", "cc", "memory"));
    __asm__ volatile("pushfl; andl $0xfffbffff, (%%esp); popfl" : : : "cc", "memory");
    FAULT(SIGSEGV, SI_KERNEL, "a selector that is not there", __asm__ volatile("movw %w0, %%es" : : "r"(0x1234)));
    FAULT(SIGSEGV, SEGV_MAPERR, "a read of the kernel", (void)*(volatile char *)0xfffff000);
    feclearexcept(FE_ALL_EXCEPT);
    FAULT(SIGFPE, FPE_FLTDIV, "x87 division by zero", {
        feenableexcept(FE_DIVBYZERO);
        volatile long double one = 1, none = 0, result = one / none;
        (void)result;
        __asm__ volatile("fwait");
    });
    fedisableexcept(FE_ALL_EXCEPT);
    feclearexcept(FE_ALL_EXCEPT);
    FAULT(SIGFPE, FPE_FLTINV, "x87 invalid operation", {
        feenableexcept(FE_INVALID);
        volatile long double none = 0, result = none / none;
        (void)result;
        __asm__ volatile("fwait");
    });
    fedisableexcept(FE_ALL_EXCEPT);
    for (int i = 0; i < 1000; i++)
        if (!sigsetjmp(back, 1))
            *(volatile int *)8 = 1;
    check(1, "a thousand faults and jumps");
}

static void plain_jump(int number) { (void)number; longjmp(plain_back, 1); }

static void masks(void)
{
    sigset_t set_, old, pending;
    set(SIGUSR1, counting, 0);
    count = 0;
    raise(SIGUSR1);
    equal(count, 1, "raise calls the handler");
    sigemptyset(&set_);
    sigaddset(&set_, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set_, &old);
    raise(SIGUSR1);
    raise(SIGUSR1);
    equal(count, 1, "a blocked signal waits");
    sigpending(&pending);
    equal(sigismember(&pending, SIGUSR1), 1, "sigpending");
    sigprocmask(SIG_SETMASK, &old, NULL);
    equal(count, 2, "and comes once");
    set(SIGRTMIN, counting, 0);
    sigemptyset(&set_);
    sigaddset(&set_, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set_, NULL);
    count = 0;
    for (int i = 0; i < 5; i++)
        sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = i });
    siginfo_t info;
    equal(sigwaitinfo(&set_, &info), SIGRTMIN, "sigwaitinfo");
    check(info.si_code == SI_QUEUE && info.si_value.sival_int == 0 && info.si_pid == getpid(), "the first of five");
    sigprocmask(SIG_UNBLOCK, &set_, NULL);
    equal(count, 4, "the others come, one by one");
    struct timespec brief = { 0, 20000000 };
    sigprocmask(SIG_BLOCK, &set_, NULL);
    fails(sigtimedwait(&set_, &info, &brief), EAGAIN, "sigtimedwait ends");
    sigprocmask(SIG_UNBLOCK, &set_, NULL);
    struct sigaction action, was;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_IGN;
    fails(sigaction(SIGKILL, &action, NULL), EINVAL, "SIGKILL cannot be ignored");
    fails(sigaction(65, &action, NULL), EINVAL, "signal 65");
    sigaction(SIGUSR2, &action, NULL);
    raise(SIGUSR2);
    sigaction(SIGUSR2, NULL, &was);
    check(was.sa_handler == SIG_IGN, "sigaction tells what is set");
    set(SIGUSR2, counting, SA_RESETHAND);
    count = 0;
    raise(SIGUSR2);
    sigaction(SIGUSR2, NULL, &was);
    check(count == 1 && was.sa_handler == SIG_DFL, "SA_RESETHAND");
    sigfillset(&set_);
    sigprocmask(SIG_SETMASK, &set_, &old);
    sigprocmask(SIG_SETMASK, NULL, &set_);
    check(!sigismember(&set_, SIGKILL) && !sigismember(&set_, SIGSTOP) && sigismember(&set_, SIGTERM), "SIGKILL and SIGSTOP cannot be blocked");
    sigprocmask(SIG_SETMASK, &old, NULL);
    signal(SIGSEGV, plain_jump);
    for (volatile int i = 0; i < 3; i++) {
        if (!setjmp(plain_back))
            *(volatile int *)i = 1;
        sigemptyset(&set_);
        sigaddset(&set_, SIGSEGV);
        sigprocmask(SIG_UNBLOCK, &set_, NULL);
    }
    check(1, "longjmp out of a handler, mask undone by hand");
    fails(kill(99999, 0), ESRCH, "kill: nobody there");
    equal(kill(getpid(), 0), 0, "kill 0: somebody there");
    fails(kill(getpid(), 99), EINVAL, "kill: no such signal");
}

static volatile int depth, deepest, entries;
static void nesting(int number)
{
    depth++;
    if (depth > deepest)
        deepest = depth;
    if (++entries < 3)
        raise(number);
    depth--;
}

static char alternate[65536];
static volatile int on_alternate;
static void on_stack(int number, siginfo_t *info, void *context)
{
    stack_t now;
    char here;
    (void)number, (void)info, (void)context;
    sigaltstack(NULL, &now);
    on_alternate = &here >= alternate && &here < alternate + sizeof alternate && now.ss_flags == SS_ONSTACK;
    siglongjmp(back, 1);
}

static int overflow(int n)
{
    volatile char block[4096];
    block[0] = (char)n;
    return overflow(n + 1) + block[0];
}

static void frames(void)
{
    set(SIGUSR1, nesting, 0);
    depth = deepest = 0;
    raise(SIGUSR1);
    equal(deepest, 1, "a handler is not entered twice");
    entries = 0;
    set(SIGUSR1, nesting, SA_NODEFER);
    raise(SIGUSR1);
    equal(deepest, 3, "but with SA_NODEFER");
    stack_t stack = { .ss_sp = alternate, .ss_size = sizeof alternate }, old;
    equal(sigaltstack(&stack, &old), 0, "sigaltstack");
    equal(old.ss_flags, SS_DISABLE, "none before");
    set(SIGSEGV, on_stack, SA_SIGINFO | SA_ONSTACK);
    on_alternate = 0;
    if (!sigsetjmp(back, 1))
        overflow(0);
    check(on_alternate, "a stack overflow is caught on the alternate stack");
    stack.ss_size = 100;
    fails(sigaltstack(&stack, NULL), ENOMEM, "an alternate stack that is too small");
    stack.ss_flags = SS_DISABLE;
    sigaltstack(&stack, NULL);
    signal(SIGSEGV, SIG_DFL);
}

static void changing(int number, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    (void)number, (void)info;
    uc->uc_mcontext.gregs[REG_EAX] = 4321;
    uc->uc_mcontext.gregs[REG_EIP] += 2;   /* past UD2 */
    uc->uc_mcontext.fpregs->cw = 0x0f7f;
}

static void context(void)
{
    int answer;
    unsigned short control;
    set(SIGILL, changing, SA_SIGINFO);
    __asm__ volatile("movl $1, %%eax; ud2" : "=a"(answer));
    equal(answer, 4321, "a handler changes EAX and EIP");
    __asm__ volatile("fnstcw %0" : "=m"(control));
    equal(control, 0x0f7f, "and the x87 control word");
    control = 0x037f;
    __asm__ volatile("fldcw %0" : : "m"(control));
    set(SIGUSR1, counting, 0);
    long double kept;
    double one = 1.25, sum = 0;
    float vector[4] = { 1, 2, 3, 4 }, after[4];
    __asm__ volatile("fldl %2; movups %3, %%xmm3; movl $20, %%eax; int $0x80; movl %%eax, %%ebx; movl $10, %%ecx; movl $37, %%eax; int $0x80; fstpt %0; movups %%xmm3, %1"
                     : "=m"(kept), "=m"(after) : "m"(one), "m"(vector) : "eax", "ebx", "ecx", "memory");
    sum = after[0] + after[1] * 10 + after[2] * 100 + after[3] * 1000;
    check(kept == 1.25L && sum == 4321, "x87 and SSE registers live through a handler");
}

static void *stack_of(int number)
{
    (void)number;
    return __builtin_frame_address(0);
}

static void restarts(void)
{
    int pipes[2];
    struct itimerval soon = { { 0, 30000 }, { 0, 30000 } }, none_ = { { 0, 0 }, { 0, 0 } }, left;   /* again and again: the host may be busy */
    struct timespec brief = { 0, 900000000 }, rest = { 0, 0 };
    (void)stack_of, (void)pipes;
    set(SIGALRM, counting, 0);
    count = 0;
    setitimer(ITIMER_REAL, &soon, NULL);
    fails(pause(), EINTR, "pause ends by SIGALRM");
    check(count >= 1, "its handler ran");
    setitimer(ITIMER_REAL, &soon, NULL);
    fails(nanosleep(&brief, &rest), EINTR, "nanosleep is cut short");
    check(rest.tv_sec == 0 && rest.tv_nsec > 0 && rest.tv_nsec < 900000000, "and tells what is left");
    set(SIGALRM, counting, SA_RESTART);
    setitimer(ITIMER_REAL, &soon, NULL);
    fails(nanosleep(&brief, &rest), EINTR, "also with SA_RESTART");
    pid_t child = fork();
    if (!child) {
        struct timespec longer = { 0, 700000000 };
        nanosleep(&longer, NULL);
        _exit(7);
    }
    int status;
    count = 0;
    setitimer(ITIMER_REAL, &soon, NULL);
    equal(waitpid(child, &status, 0), child, "waitpid is made again with SA_RESTART");
    check(count >= 1 && WEXITSTATUS(status) == 7, "after the handler");
    child = fork();
    if (!child) {
        struct timespec longer = { 0, 700000000 };
        nanosleep(&longer, NULL);
        _exit(8);
    }
    set(SIGALRM, counting, 0);
    setitimer(ITIMER_REAL, &soon, NULL);
    fails(waitpid(child, &status, 0), EINTR, "and not without");
    setitimer(ITIMER_REAL, &none_, NULL);
    equal(waitpid(child, &status, 0), child, "again");
    struct itimerval every = { { 0, 10000 }, { 0, 10000 } };
    count = 0;
    setitimer(ITIMER_REAL, &every, NULL);
    while (count < 5)
        pause();
    getitimer(ITIMER_REAL, &left);
    check(left.it_interval.tv_usec == 10000 && left.it_value.tv_usec <= 10000, "a periodic timer");
    memset(&every, 0, sizeof every);
    setitimer(ITIMER_REAL, &every, NULL);
    equal(alarm(100), 0, "alarm");
    equal(alarm(0), 100, "tells what was left");
    sigset_t block, old, none;
    sigemptyset(&none);
    sigemptyset(&block);
    sigaddset(&block, SIGUSR1);
    set(SIGUSR1, counting, 0);
    sigprocmask(SIG_BLOCK, &block, &old);
    count = 0;
    raise(SIGUSR1);
    fails(sigsuspend(&none), EINTR, "sigsuspend");
    sigprocmask(SIG_SETMASK, NULL, &none);
    check(count == 1 && sigismember(&none, SIGUSR1), "and the mask is back");
    sigprocmask(SIG_SETMASK, &old, NULL);
    struct itimerval cpu = { { 0, 0 }, { 0, 50000 } };
    set(SIGVTALRM, counting, 0);
    set(SIGPROF, counting, 0);
    count = 0;
    setitimer(ITIMER_VIRTUAL, &cpu, NULL);
    while (!count)
        ;
    equal(last, SIGVTALRM, "ITIMER_VIRTUAL");
    setitimer(ITIMER_PROF, &cpu, NULL);
    while (count < 2)
        ;
    equal(last, SIGPROF, "ITIMER_PROF");
}

static int status_of(void (*function)(void))
{
    int status;
    fflush(stdout);
    pid_t child = fork();
    if (!child) {
        close(2);
        function();
        _exit(0);
    }
    waitpid(child, &status, 0);
    return status & ~0x80;   /* whether a core was dumped depends on the host */
}

static void do_abort(void) { abort(); }
static void do_segv(void) { signal(SIGSEGV, SIG_DFL); *(volatile int *)4 = 1; }
static void do_blocked_segv(void)
{
    sigset_t all;
    signal(SIGSEGV, counting);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    *(volatile int *)4 = 1;
}
static void do_ignored_segv(void) { signal(SIGSEGV, SIG_IGN); *(volatile int *)4 = 1; }
static void do_bad_stack(void)
{
    signal(SIGUSR1, counting);
    __asm__ volatile("movl $20, %%eax; int $0x80; movl %%eax, %%ebx; movl $10, %%ecx; movl $37, %%eax; movl $16, %%esp; int $0x80" : : : "memory");
}
static void do_bad_return(void)
{
    __asm__ volatile("movl $0x10, %%esp; movl $173, %%eax; int $0x80" : : : "memory");
}
static void set_bad_cs(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_CS] = 0x60;
}
static void do_bad_cs(void) { signal(SIGSEGV, SIG_DFL); set(SIGUSR1, set_bad_cs, SA_SIGINFO); raise(SIGUSR1); }
static void set_bad_ss(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_SS] = 0;
}
static void do_bad_ss(void) { set(SIGUSR1, set_bad_ss, SA_SIGINFO); raise(SIGUSR1); }
static void set_flags(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] |= 0x3000 | 0x20000 | 0x200000;   /* IOPL, VM, ID */
}
static void do_flags(void) { set(SIGUSR1, set_flags, SA_SIGINFO); raise(SIGUSR1); __asm__ volatile("cli"); }
static void do_caught_bad_cs(void)
{
    set(SIGUSR1, set_bad_cs, SA_SIGINFO);
    set(SIGSEGV, jumping, SA_SIGINFO);
    if (!sigsetjmp(back, 1))
        raise(SIGUSR1);
    else
        _exit(last_code == SI_KERNEL ? 33 : 34);
}
static void do_bad_mxcsr(void)
{
    unsigned frame[200] = { 0 };
    (void)frame;
    set(SIGUSR1, counting, 0);
    raise(SIGUSR1);
    _exit(5);
}
static void do_term(void) { raise(SIGTERM); }
static void do_chld(void) { raise(SIGCHLD); raise(SIGURG); raise(SIGWINCH); raise(SIGCONT); _exit(9); }
static void do_rt(void) { raise(SIGRTMIN + 3); }

static void deaths(void)
{
    equal(status_of(do_abort), SIGABRT, "abort");
    equal(status_of(do_segv), SIGSEGV, "a fault without a handler");
    equal(status_of(do_blocked_segv), SIGSEGV, "a fault that is blocked");
    equal(status_of(do_ignored_segv), SIGSEGV, "a fault that is ignored");
    equal(status_of(do_bad_stack), SIGSEGV, "no room for a frame");
    equal(status_of(do_bad_return), SIGSEGV, "rt_sigreturn without a frame");
    equal(status_of(do_bad_cs), SIGSEGV, "a frame with a bad CS");
    equal(status_of(do_bad_ss), SIGSEGV, "a frame with a bad SS");
    equal(status_of(do_caught_bad_cs), 33 << 8, "which can be caught");
    equal(status_of(do_flags), SIGSEGV, "IOPL does not come from a frame");
    equal(status_of(do_bad_mxcsr), 5 << 8, "a plain frame");
    equal(status_of(do_term), SIGTERM, "SIGTERM");
    equal(status_of(do_chld), 9 << 8, "signals ignored by default");
    equal(status_of(do_rt), SIGRTMIN + 3, "a real-time signal");
}

static void jobs(void)
{
    int status;
    siginfo_t info;
    set(SIGCHLD, informed, SA_SIGINFO);
    count = 0;
    pid_t child = fork();
    if (!child)
        for (;;)
            pause();
    kill(child, SIGSTOP);
    equal(waitpid(child, &status, WUNTRACED), child, "WUNTRACED");
    check(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP, "stopped by SIGSTOP");
    check(count == 1 && last_code == CLD_STOPPED, "SIGCHLD tells so");
    equal(waitpid(child, &status, WUNTRACED | WNOHANG), 0, "told once");
    kill(child, SIGCONT);
    equal(waitpid(child, &status, WCONTINUED), child, "WCONTINUED");
    check(WIFCONTINUED(status), "continued");
    kill(child, SIGTERM);
    memset(&info, 0, sizeof info);
    equal(waitid(P_PID, child, &info, WEXITED | WNOWAIT), 0, "waitid, WNOWAIT");
    check(info.si_pid == child && info.si_code == CLD_KILLED && info.si_status == SIGTERM && info.si_signo == SIGCHLD, "killed by SIGTERM");
    equal(waitpid(child, &status, 0), child, "it is still to be waited for");
    check(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM, "the same");
    check(last_code == CLD_KILLED, "and by SIGCHLD");
    signal(SIGCHLD, SIG_IGN);
    child = fork();
    if (!child)
        _exit(0);
    fails(waitpid(child, &status, 0), ECHILD, "with SIGCHLD ignored, nothing is left to wait for");
    signal(SIGCHLD, SIG_DFL);
}

int main(void)
{
    masks();
    faults();
    frames();
    context();
    restarts();
    deaths();
    jobs();
    return failures;
}
