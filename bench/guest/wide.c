/*
 * 64-bit arithmetic on 32-bit registers: products as MUL, IMUL and ADC, quotients as calls of __udivdi3 and __umoddi3
 * (guests/libc/stdlib/divide64.c, for host and guest alike) with DIV in them, shifts as SHLD and SHRD.
 */
#include "workload.h"

#define STEPS 1000

static OPAQUE u64 step(u64 x, u64 divisor)
{
    x = x * 6364136223846793005ull + 1442695040888963407ull;
    u64 quotient = x / divisor, rest = x % divisor;
    x ^= quotient << 13 ^ rest >> 7;
    return x + (u64)(u32)quotient * (u32)rest;
}

u32 wide_run(u32 count)
{
    u64 x = 1;
    while (count--)
        for (u32 i = 1; i <= STEPS; i++)
            /* One divisor in four needs more than 32 bits. */
            x = step(x, (i & 3) == 0 ? (u64)i << 31 | 12345 : 2 * i + 1);
    return mix((u32)x, (u32)(x >> 32));
}
