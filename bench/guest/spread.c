/*
 * Much code, each piece seldom: 250 chains of eight functions, one after the other, some 15 instructions each, so that
 * 350 rounds are ten million instructions. Nothing here pays for a slow compiler: a tier that warms up too eagerly shows.
 */
#include "workload.h"

/* Two ways through each, by a bit that differs from function to function. */
#define LINK(group, place, next) \
    static OPAQUE u32 f##group##_##place(u32 x) \
    { \
        if (x >> (group + place) % 29 & 1) \
            x = x * (8 * group + place + 3) + group; \
        else \
            x = (x ^ x >> 7) + 8 * group + place; \
        return next(x) ^ (place + 1) * group; \
    }
#define SAME(x) ((x) >> 3 | (x) << 29)

#define DEFINE(group) \
    LINK(group, 7, SAME) \
    LINK(group, 6, f##group##_7) \
    LINK(group, 5, f##group##_6) \
    LINK(group, 4, f##group##_5) \
    LINK(group, 3, f##group##_4) \
    LINK(group, 2, f##group##_3) \
    LINK(group, 1, f##group##_2) \
    LINK(group, 0, f##group##_1)
#define NAMED(group) f##group##_0,

#define TEN(tens, M) M(tens##0) M(tens##1) M(tens##2) M(tens##3) M(tens##4) M(tens##5) M(tens##6) M(tens##7) M(tens##8) M(tens##9)
#define FIFTY(M, a, b, c, d, e) TEN(a, M) TEN(b, M) TEN(c, M) TEN(d, M) TEN(e, M)
#define GROUPS(M) \
    FIFTY(M, 10, 11, 12, 13, 14) FIFTY(M, 15, 16, 17, 18, 19) FIFTY(M, 20, 21, 22, 23, 24) \
    FIFTY(M, 25, 26, 27, 28, 29) FIFTY(M, 30, 31, 32, 33, 34)

GROUPS(DEFINE)

static u32 (*const chains[])(u32) = {GROUPS(NAMED)};

u32 spread_run(u32 count)
{
    u32 x = 1;
    while (count--)
        for (u32 i = 0; i < COUNT(chains); i++)
            x = chains[i](x);
    return x;
}
