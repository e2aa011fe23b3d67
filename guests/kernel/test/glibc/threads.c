/* Threads of the C library: mutexes, conditions, barriers, thread-local storage, cancellation, exit with threads alive. */
#include "check.h"
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#define THREADS 8

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static volatile long counter, turn, destroyed, once_count;
static __thread long own = 5;

static void *counts(void *argument)
{
    for (int i = 0; i < 20000; i++) {
        pthread_mutex_lock(&mutex);
        counter++;
        pthread_mutex_unlock(&mutex);
        own++;
    }
    return (void *)(own + (long)argument);
}

static void *takes_turns(void *argument)
{
    long number = (long)argument;
    for (int i = 0; i < 50; i++) {
        pthread_mutex_lock(&mutex);
        while (turn % 3 != number)
            pthread_cond_wait(&condition, &mutex);
        turn++;
        pthread_cond_broadcast(&condition);
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

static void *meets(void *argument)
{
    long serial = 0;
    (void)argument;
    for (int i = 0; i < 10; i++)
        serial += pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD;
    return (void *)serial;
}

static void *spins(void *argument)
{
    volatile unsigned *goes = argument;
    while (*goes)
        ;
    return (void *)77;
}

static void destroy(void *value) { destroyed += (long)value; }
static void count_once(void) { once_count++; }

static void *keeps(void *argument)
{
    pthread_once(&once, count_once);
    pthread_setspecific(key, argument);
    return pthread_getspecific(key);
}

static void *sleeps(void *argument)
{
    struct timespec long_time = { 1000, 0 };
    (void)argument;
    nanosleep(&long_time, NULL);
    return NULL;
}

static void *reads_and_writes(void *argument)
{
    long *shared = argument, seen = 0;
    for (int i = 0; i < 500; i++) {
        pthread_rwlock_rdlock(&rwlock);
        seen += shared[0] == shared[1];
        pthread_rwlock_unlock(&rwlock);
        pthread_rwlock_wrlock(&rwlock);
        shared[0]++;
        sched_yield();
        shared[1]++;
        pthread_rwlock_unlock(&rwlock);
    }
    return (void *)seen;
}

static volatile pthread_t handled_by;
static void note_thread(int number) { (void)number; handled_by = pthread_self(); }

static void *floats(void *argument)
{
    double x = (double)(long)argument, sum = 0;
    for (int i = 1; i < 200000; i++)
        sum += x / i;
    long double y = 0;
    for (int i = 1; i < 200000; i++)
        y += 1.0L / i;
    return (void *)(long)(sum == (double)(long)argument * 0 + sum && y > 12.78L && y < 12.79L);
}

static void basics(void)
{
    pthread_t thread[THREADS];
    void *answer;
    long sum = 0;
    for (long i = 0; i < THREADS; i++)
        pthread_create(&thread[i], NULL, counts, (void *)i);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(thread[i], &answer);
        sum += (long)answer;
    }
    equal(counter, THREADS * 20000, "a counter behind a mutex");
    equal(sum, THREADS * 20005 + 28, "each thread has its own thread-local variable");
    equal(own, 5, "and the first one too");
    for (long i = 0; i < 3; i++)
        pthread_create(&thread[i], NULL, takes_turns, (void *)i);
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    equal(turn, 150, "turns by a condition");
    pthread_barrier_init(&barrier, NULL, 5);
    sum = 0;
    for (long i = 0; i < 5; i++)
        pthread_create(&thread[i], NULL, meets, NULL);
    for (int i = 0; i < 5; i++) {
        pthread_join(thread[i], &answer);
        sum += (long)answer;
    }
    equal(sum, 10, "ten rounds at a barrier");
    volatile unsigned goes = 1;
    pthread_create(&thread[0], NULL, spins, (void *)&goes);
    struct timespec brief = { 0, 30000000 };
    nanosleep(&brief, NULL);
    goes = 0;
    pthread_join(thread[0], &answer);
    equal((long)answer, 77, "a thread that spins is preempted");
    long shared[2] = { 0, 0 };
    sum = 0;
    for (int i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, reads_and_writes, shared);
    for (int i = 0; i < 4; i++) {
        pthread_join(thread[i], &answer);
        sum += (long)answer;
    }
    check(sum == 2000 && shared[0] == 2000, "readers and writers");
    sum = 0;
    for (long i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, floats, (void *)(i + 1));
    for (int i = 0; i < 4; i++) {
        pthread_join(thread[i], &answer);
        sum += (long)answer;
    }
    equal(sum, 4, "floating point in four threads");
}

static void specials(void)
{
    pthread_t thread[THREADS];
    void *answer;
    pthread_key_create(&key, destroy);
    for (long i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, keeps, (void *)(i + 1));
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], &answer);
    check(destroyed == 10 && once_count == 1, "keys and their destructors, once");
    pthread_create(&thread[0], NULL, sleeps, NULL);
    pthread_cancel(thread[0]);
    pthread_join(thread[0], &answer);
    check(answer == PTHREAD_CANCELED, "a sleeping thread is cancelled");
    signal(SIGUSR1, note_thread);
    volatile unsigned goes = 1;
    pthread_create(&thread[0], NULL, spins, (void *)&goes);
    pthread_kill(thread[0], SIGUSR1);
    while (!handled_by)
        sched_yield();
    check(handled_by == thread[0], "pthread_kill reaches that thread");
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    handled_by = 0;
    kill(getpid(), SIGUSR1);
    while (!handled_by)
        sched_yield();
    check(handled_by == thread[0], "a signal to the process goes to the thread that does not block it");
    goes = 0;
    pthread_join(thread[0], NULL);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    pthread_mutex_lock(&mutex);
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 20000000;
    if (until.tv_nsec >= 1000000000)
        until.tv_sec++, until.tv_nsec -= 1000000000;
    equal(pthread_cond_timedwait(&condition, &mutex, &until), ETIMEDOUT, "pthread_cond_timedwait");
    pthread_mutex_unlock(&mutex);
    sem_t semaphore;
    sem_init(&semaphore, 0, 0);
    clock_gettime(CLOCK_REALTIME, &until);
    fails(sem_timedwait(&semaphore, &until), ETIMEDOUT, "sem_timedwait");
    sem_post(&semaphore);
    equal(sem_wait(&semaphore), 0, "sem_wait");
}

static void *dies_with_lock(void *mutex_) { pthread_mutex_lock(mutex_); return NULL; }

static void between_processes(void)
{
    struct shared { pthread_mutex_t mutex; pthread_cond_t condition; volatile int value, rounds; } *shared;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t mutex_attributes;
    pthread_condattr_t condition_attributes;
    pthread_mutexattr_init(&mutex_attributes);
    pthread_mutexattr_setpshared(&mutex_attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&mutex_attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&shared->mutex, &mutex_attributes);
    pthread_condattr_init(&condition_attributes);
    pthread_condattr_setpshared(&condition_attributes, PTHREAD_PROCESS_SHARED);
    pthread_cond_init(&shared->condition, &condition_attributes);
    fflush(stdout);
    pid_t child = fork();
    for (int i = 0; i < 100; i++) {
        pthread_mutex_lock(&shared->mutex);
        while ((shared->value & 1) != (child == 0))
            pthread_cond_wait(&shared->condition, &shared->mutex);
        shared->value++;
        pthread_cond_signal(&shared->condition);
        pthread_mutex_unlock(&shared->mutex);
    }
    if (!child) {
        pthread_mutex_lock(&shared->mutex);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    equal(shared->value, 200, "two processes take turns through shared memory");
    equal(pthread_mutex_lock(&shared->mutex), EOWNERDEAD, "a robust mutex whose owner has ended");
    pthread_mutex_consistent(&shared->mutex);
    pthread_mutex_unlock(&shared->mutex);
    pthread_t thread;
    pthread_create(&thread, NULL, dies_with_lock, &shared->mutex);
    pthread_join(thread, NULL);
    equal(pthread_mutex_lock(&shared->mutex), EOWNERDEAD, "the same with a thread");
}

static void *exits(void *argument) { (void)argument; exit(11); }
static void *execs(void *argument)
{
    char *argv[] = { "self", "child", NULL };
    (void)argument;
    execv("/proc/self/exe", argv);
    return NULL;
}
static void *faults(void *argument) { (void)argument; *(volatile int *)3 = 1; return NULL; }
static void *lingers(void *argument)
{
    struct timespec brief = { 0, 30000000 };
    (void)argument;
    nanosleep(&brief, NULL);
    _exit(21);
}

static int status_of(void *(*function)(void *), int leave)
{
    int status;
    fflush(stdout);
    pid_t child = fork();
    if (!child) {
        pthread_t thread;
        pthread_create(&thread, NULL, sleeps, NULL);
        pthread_create(&thread, NULL, function, NULL);
        if (leave)
            pthread_exit(NULL);
        pthread_join(thread, NULL);
        _exit(1);
    }
    waitpid(child, &status, 0);
    return status & ~0x80;
}

static void ends(void)
{
    equal(status_of(exits, 0), 11 << 8, "exit in a thread ends all");
    equal(status_of(faults, 0), SIGSEGV, "so does a fault");
    equal(status_of(execs, 0), 55 << 8, "exec in a thread leaves one");
    equal(status_of(lingers, 1), 21 << 8, "the first thread may end first");
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "child"))
        return getpid() == syscall(SYS_gettid) ? 55 : 56;
    basics();
    specials();
    between_processes();
    ends();
    return failures;
}
