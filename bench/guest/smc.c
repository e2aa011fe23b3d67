/*
 * Code that is written: `smc` patches a constant of a small loop, as a just-in-time compiler does, before each run of it;
 * `beside` (mixed.S) only counts in variables that lie on the page of its code, on other cache lines.
 */
#include "workload.h"

#define TURNS 100

extern u8 patched_constant[];
extern u32 call_patched_loop(u32 x, u32 turns);
extern u32 count_beside(u32 turns);

u32 smc_run(u32 count)
{
    u32 x = 1;
    while (count--) {
        *(volatile u32 *)patched_constant = count * 2654435761u;
        x = call_patched_loop(x, TURNS);
    }
    return x;
}

u32 beside_run(u32 count)
{
    u32 sum = 0;
    while (count--)
        sum = mix(sum, count_beside(1000));
    return sum;
}
