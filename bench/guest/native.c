/* The workloads on the host itself: `native name count` prints the checksum and the milliseconds. Everything here is 32-bit too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "workload.h"

static double milliseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
    for (u32 i = 0; argc == 3 && i < workload_count; i++) {
        if (strcmp(argv[1], workloads[i].name) != 0)
            continue;
        if (workloads[i].prepare)
            workloads[i].prepare();
        double start = milliseconds();
        u32 sum = workloads[i].run((u32)strtoul(argv[2], 0, 10));
        double end = milliseconds();
        printf("%08x %.6f\n", sum, end - start);
        return 0;
    }
    fputs("usage: native name count\n", stderr);
    return 2;
}
