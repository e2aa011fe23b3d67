/* Time: clocks, sleeps, their order and precision; what a stop does to a sleep. */
#include "check.h"
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

static long long now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void sleep_ms(long ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
    nanosleep(&t, NULL);
}

static volatile int rings, ring_value;
static volatile pthread_t ring_thread;
static void rung(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    rings += info->si_code == SI_TIMER;
    ring_value = info->si_value.sival_int;
}
static void in_thread(union sigval value) { ring_value = value.sival_int; ring_thread = pthread_self(); }

static void posix_timers(void)
{
    struct sigaction action = { .sa_sigaction = rung, .sa_flags = SA_SIGINFO };
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1, .sigev_value.sival_int = 42 };
    struct itimerspec often = { { 0, 5000000 }, { 0, 5000000 } }, left, never = { { 0, 0 }, { 0, 0 } }, once = { { 0, 0 }, { 0, 10000000 } };
    timer_t timer;
    sigaction(SIGRTMIN + 1, &action, NULL);
    equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0, "timer_create");
    equal(timer_settime(timer, 0, &often, NULL), 0, "timer_settime");
    while (rings < 5)
        pause();
    check(ring_value == 42, "five signals, each with its value");
    timer_gettime(timer, &left);
    check(left.it_interval.tv_nsec == 5000000 && left.it_value.tv_nsec <= 5000000, "timer_gettime");
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    sleep_ms(50);
    timer_settime(timer, 0, &never, &left);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    check(rings <= 7, "while one waits, no more are queued");
    equal(timer_delete(timer), 0, "timer_delete");
    fails(timer_settime(timer, 0, &never, NULL), EINVAL, "and it is gone");
    event.sigev_notify = SIGEV_THREAD;
    event.sigev_notify_function = in_thread;
    event.sigev_notify_attributes = NULL;
    event.sigev_value.sival_int = 7;
    equal(timer_create(CLOCK_REALTIME, &event, &timer), 0, "a timer that starts a thread");
    timer_settime(timer, 0, &once, NULL);
    while (!ring_thread)
        sleep_ms(1);
    check(ring_value == 7 && ring_thread != pthread_self(), "which runs");
    timer_delete(timer);
    fails(timer_create(77, &event, &timer), EINVAL, "a timer on no clock");
}

int main(void)
{
    static const clockid_t clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW,
                                        CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME };
    struct timespec t, rest;
    struct timeval tv;
    for (unsigned i = 0; i < sizeof clocks / sizeof *clocks; i++) {
        long long before = now(clocks[i]);
        for (volatile int spin = 0; spin < 3000000; spin++)
            ;
        check(now(clocks[i]) >= before, "clock %d does not go back", clocks[i]);
        check(clock_getres(clocks[i], &t) == 0 && t.tv_sec == 0 && t.tv_nsec > 0, "and has a resolution");
    }
    fails(clock_gettime(77, &t), EINVAL, "no such clock");
    gettimeofday(&tv, NULL);
    check(labs(tv.tv_sec - time(NULL)) <= 1 && llabs(tv.tv_sec - now(CLOCK_REALTIME) / 1000000000) <= 1, "the time of day, three ways");
    int good = 1;
    for (int i = 1; i <= 10; i++) {
        long long before = now(CLOCK_MONOTONIC);
        sleep_ms(i);
        long long took = now(CLOCK_MONOTONIC) - before;
        good = good && took >= i * 1000000LL && took < i * 1000000LL + 20000000000LL;
    }
    check(good, "nanosleep: never less");
    long long cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    sleep_ms(100);
    check(now(CLOCK_PROCESS_CPUTIME_ID) - cpu < 50000000, "sleeping takes no processor time");
    t = (struct timespec){ 0, 1000000000 };
    fails(nanosleep(&t, NULL), EINVAL, "too many nanoseconds");
    t = (struct timespec){ -1, 0 };
    fails(nanosleep(&t, NULL), EINVAL, "negative seconds");
    fails(syscall(SYS_nanosleep, 8, 0), EFAULT, "a bad pointer");
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_nsec += 30000000;
    if (t.tv_nsec >= 1000000000)
        t.tv_sec++, t.tv_nsec -= 1000000000;
    equal(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL), 0, "clock_nanosleep to a point in time");
    struct timespec after;
    clock_gettime(CLOCK_MONOTONIC, &after);
    check(after.tv_sec > t.tv_sec || (after.tv_sec == t.tv_sec && after.tv_nsec >= t.tv_nsec), "not before it");
    equal(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &(struct timespec){ 1, 0 }, NULL), 0, "one that is past");
    equal(clock_nanosleep(99, 0, &t, NULL), EINVAL, "clock_nanosleep of no clock");
    pid_t child[5];
    for (int i = 0; i < 5; i++) {
        child[i] = fork();
        if (!child[i]) {
            sleep_ms(100 + 300 * (4 - i));
            _exit(0);
        }
    }
    good = 1;
    for (int i = 4; i >= 0; i--)
        good = good && wait(NULL) == child[i];
    check(good, "sleepers wake in the order of their times");
    child[0] = fork();
    if (!child[0]) {
        t = (struct timespec){ 0, 200000000 };
        rest = t;
        _exit(nanosleep(&t, &rest) == 0 ? 4 : 5);
    }
    sleep_ms(50);
    kill(child[0], SIGSTOP);
    waitpid(child[0], NULL, WUNTRACED);
    sleep_ms(20);
    kill(child[0], SIGCONT);
    int status;
    waitpid(child[0], &status, 0);
    equal(status, 4 << 8, "a sleep goes on after a stop");
    posix_timers();
    if (geteuid() != 0)
        fails(clock_settime(CLOCK_REALTIME, &t), EPERM, "the clock cannot be set");
    else
        check(1, "the clock cannot be set");
    return failures;
}
