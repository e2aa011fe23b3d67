/* A Weyl sequence (step 2^32 / golden ratio) through the finaliser of MurmurHash3: any seed is a good one, 0 included. */
#include "random.h"

static u32 state;

void random_seed(u32 seed)
{
    state = seed;
}

u32 random_u32(void)
{
    u32 z = state += 0x9e3779b9u;
    z = (z ^ z >> 16) * 0x85ebca6bu;
    z = (z ^ z >> 13) * 0xc2b2ae35u;
    return z ^ z >> 16;
}
