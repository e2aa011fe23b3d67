/*
 * What the programs share that are built with a C library: check(), which prints "ok what" or "not ok what". They are
 * run natively and under our kernel, and must print the same.
 */
#pragma once
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int failures;

#define check(good, ...)                         \
    do {                                         \
        int good_ = (good) != 0;                 \
        printf(good_ ? "ok " : "not ok ");       \
        printf(__VA_ARGS__);                     \
        printf("\n");                            \
        failures += !good_;                      \
        fflush(stdout);                          \
    } while (0)

/* Shows what it was when it is not what it should be. */
#define equal(got, wanted, what)                                                   \
    do {                                                                           \
        long long got_ = (long long)(got), wanted_ = (long long)(wanted);          \
        check(got_ == wanted_, "%s", what);                                        \
        if (got_ != wanted_)                                                       \
            printf("#   line %d: got %lld, wanted %lld\n", __LINE__, got_, wanted_); \
    } while (0)

#define fails(call, error, what)                         \
    do {                                                 \
        errno = 0;                                       \
        long answer_ = (long)(call);                     \
        int errno_ = errno;                              \
        check(answer_ == -1 && errno_ == (error), "%s", what); \
        if (answer_ != -1 || errno_ != (error))          \
            printf("#   line %d: answer %ld, errno %d, wanted %d\n", __LINE__, answer_, errno_, error); \
    } while (0)
