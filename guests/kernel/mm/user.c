/* Checked copies between kernel and program. */
#include "user.h"
#include "../errno.h"
#include "../memlayout.h"

#define STRING_STEP 64u   /* most strings are paths: what lies behind them is not copied in vain */

u32 guarded_copy(void *to, const void *from, u32 count);
u32 guarded_clear(void *to, u32 count);

static int in_user_space(u32 address, u32 count)
{
    return address <= USER_END && count <= USER_END - address;
}

s32 copy_to_user(u32 to, const void *from, u32 count)
{
    return in_user_space(to, count) && !guarded_copy((void *)to, from, count) ? 0 : -EFAULT;
}

s32 copy_from_user(void *to, u32 from, u32 count)
{
    return in_user_space(from, count) && !guarded_copy(to, (const void *)from, count) ? 0 : -EFAULT;
}

s32 clear_user(u32 to, u32 count)
{
    return in_user_space(to, count) && !guarded_clear((void *)to, count) ? 0 : -EFAULT;
}

s32 string_from_user(char *to, u32 from, u32 size)
{
    for (u32 length = 0; length < size;) {
        u32 part = PAGE_SIZE - (from + length) % PAGE_SIZE;   /* the next page need not be there */
        if (part > STRING_STEP)
            part = STRING_STEP;
        if (part > size - length)
            part = size - length;
        if (copy_from_user(to + length, from + length, part))
            return -EFAULT;
        for (u32 end = length + part; length < end; length++)
            if (!to[length])
                return (s32)length;
    }
    return -ENAMETOOLONG;
}
