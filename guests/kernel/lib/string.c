/* The few string functions a kernel needs; the long ones by string instructions, four bytes a step. */
#include "string.h"

void *memcpy(void *to, const void *from, size_t count)
{
    void *d = to;
    size_t words = count >> 2, bytes = count & 3;
    __asm__ volatile("rep movsl\n\tmovl %3, %2\n\trep movsb" : "+D"(d), "+S"(from), "+c"(words) : "r"(bytes) : "memory");
    return to;
}

void *memset(void *to, int byte, size_t count)
{
    void *d = to;
    size_t words = count >> 2, bytes = count & 3;
    __asm__ volatile("rep stosl\n\tmovl %2, %1\n\trep stosb"
                     : "+D"(d), "+c"(words) : "r"(bytes), "a"((u32)(u8)byte * 0x01010101u) : "memory");
    return to;
}

void *memmove(void *to, const void *from, size_t count)
{
    if ((u32)to - (u32)from >= count)
        return memcpy(to, from, count);
    char *d = (char *)to + count - 1;
    const char *s = (const char *)from + count - 1;
    __asm__ volatile("std\n\trep movsb\n\tcld" : "+D"(d), "+S"(s), "+c"(count) : : "memory");
    return to;
}

int memcmp(const void *a, const void *b, size_t count)
{
    const u8 *x = a, *y = b;
    for (; count; count--, x++, y++)
        if (*x != *y)
            return *x - *y;
    return 0;
}

size_t strlen(const char *text)
{
    size_t length = 0;
    while (text[length])
        length++;
    return length;
}

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t count)
{
    for (; count && *a && *a == *b; count--)
        a++, b++;
    return count ? (u8)*a - (u8)*b : 0;
}

size_t copy_string(char *to, const char *from, size_t size)
{
    size_t length = 0;
    while (length + 1 < size && from[length]) {
        to[length] = from[length];
        length++;
    }
    to[length] = 0;
    return length;
}
