/* Points the 16-bit segments of `segment16` (segment16.S) at the arena, at bases that are no multiple of anything. */
#include "machine.h"

#define SOURCE (arena + 0x1234)
#define TARGET (arena + 0x25671)
#define STACK (arena + 0x40000)

extern u8 code16_begin[];

void segment16_prepare(void)
{
    for (u32 i = 0, seed = 1; i < 0x10000; i++)
        SOURCE[i] = (u8)next_random(&seed);
    set_segment(CODE16, (u32)code16_begin, 0xffff, 0x9b, 0);
    set_segment(SOURCE16, (u32)SOURCE, 0xffff, 0x93, 0);
    set_segment(TARGET16, (u32)TARGET, 0xffff, 0x93, 0);
    set_segment(STACK16, (u32)STACK, 0xffff, 0x93, 0);
}
