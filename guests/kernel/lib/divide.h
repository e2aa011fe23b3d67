/* Division of 64 bits by 32: the compiler would call a library for it. */
#pragma once
#include "../types.h"

/** The quotient; the rest in *rest, unless that is NULL. */
static inline u64 divide(u64 dividend, u32 divisor, u32 *rest)
{
    u32 high = (u32)(dividend >> 32), low, remainder;
    u32 quotient_high = high / divisor;
    __asm__("divl %4" : "=a"(low), "=d"(remainder) : "a"((u32)dividend), "d"(high % divisor), "r"(divisor));
    if (rest)
        *rest = remainder;
    return (u64)quotient_high << 32 | low;
}
