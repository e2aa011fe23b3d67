/* Memory outside the loader's segment. */
#include "loader.h"

u8 far_byte(u16 segment, u16 offset)
{
    u8 value;
    __asm__ volatile("movw %1, %%fs\n\tmovb %%fs:(%2), %0" : "=q"(value) : "r"(segment), "r"((u32)offset) : "memory");
    return value;
}

u16 far_word(u16 segment, u16 offset)
{
    return (u16)(far_byte(segment, offset) | far_byte(segment, offset + 1) << 8);
}

void set_far_byte(u16 segment, u16 offset, u8 value)
{
    __asm__ volatile("movw %1, %%fs\n\tmovb %0, %%fs:(%2)" : : "q"(value), "r"(segment), "r"((u32)offset) : "memory");
}

void set_far_word(u16 segment, u16 offset, u16 value)
{
    set_far_byte(segment, offset, (u8)value);
    set_far_byte(segment, offset + 1, (u8)(value >> 8));
}
