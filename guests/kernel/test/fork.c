/* fork, exit, wait4: children, copies of memory, exit statuses, preemption. */
#include "test.h"

#define SYS_fork 2
#define SYS_waitpid 7
#define SYS_getpid 20
#define SYS_getppid 64
#define ECHILD 10
#define WNOHANG 1

static volatile u32 cell = 1;

/* Waits for a child; its wait status. */
static u32 status_of(u32 pid)
{
    u32 status = 0xffffffff;
    return (u32)call3(SYS_waitpid, pid, &status, 0) == pid ? status : 0xffffffff;
}

static u32 fork(void) { return (u32)call3(SYS_fork, 0, 0, 0); }

START(main)
{
    (void)stack, (void)edx;
    u32 parent = (u32)call3(SYS_getpid, 0, 0, 0), status = 0;
    equal((u32)call3(SYS_waitpid, -1, &status, 0), (u32)-ECHILD, "no child to wait for");
    u32 child = fork();
    if (!child) {
        cell = 2;
        call3(SYS_exit, (u32)call3(SYS_getppid, 0, 0, 0) == parent ? 42 : 1, 0, 0);
    }
    equal(status_of(child), 42 << 8, "the child ends with its status, and knows its parent");
    equal(cell, 1, "what it wrote is its own");
    equal((u32)call3(SYS_waitpid, child, &status, 0), (u32)-ECHILD, "it can be waited for once");

    child = fork();
    if (!child)
        for (;;)
            if (cell == 3)
                call3(SYS_exit, 0, 0, 0);
    equal((u32)call3(SYS_waitpid, -1, &status, WNOHANG), 0, "WNOHANG while it runs");
    u32 other = fork();
    if (!other)
        *(volatile u32 *)0 = 1;
    equal(status_of(other), 11, "a child that faults while its brother spins");
    u32 sum = 0, pids = 0;
    for (u32 i = 0; i < 20; i++) {
        u32 pid = fork();
        if (!pid) {
            for (volatile u32 spin = 0; spin < 100000; spin++)
                ;
            call3(SYS_exit, i, 0, 0);
        }
        pids += pid;
    }
    for (u32 i = 0; i < 20; i++) {
        u32 pid = (u32)call3(SYS_waitpid, -1, &status, 0);
        pids -= pid;
        sum += status >> 8;
    }
    equal(pids, 0, "twenty at a time");
    equal(sum, 190, "and their statuses");
    call3(37, child, 9, 0);
    finish();
}
