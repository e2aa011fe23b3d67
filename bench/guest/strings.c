/* Loops over bytes, as written in C: lengths, comparison, letters made capital, words counted, in 16 KiB of text. */
#include "workload.h"

#define TEXT_BYTES 16384
#define text ((char *)arena)
#define copy ((char *)arena + TEXT_BYTES)

void strings_prepare(void)
{
    for (u32 i = 0, seed = 1; i < TEXT_BYTES - 1; i++) {
        u32 r = next_random(&seed) >> 8;
        text[i] = (char)(r % 6 == 0 ? ' ' : r % 97 == 0 ? '\n' : 'a' + r % 26);
    }
}

static OPAQUE u32 length(const char *s)
{
    const char *end = s;
    while (*end)
        end++;
    return (u32)(end - s);
}

static OPAQUE void copy_string(char *to, const char *from)
{
    while ((*to++ = *from++))
        ;
}

static OPAQUE u32 same_for(const char *a, const char *b)
{
    u32 i = 0;
    while (a[i] && a[i] == b[i])
        i++;
    return i;
}

static OPAQUE void capitalise(char *s)
{
    int inside = 0;
    for (; *s; s++) {
        int letter = *s >= 'a' && *s <= 'z';
        if (letter && !inside)
            *s = (char)(*s - 'a' + 'A');
        inside = letter;
    }
}

static OPAQUE u32 words(const char *s)
{
    u32 count = 0, hash = 5381;
    for (; *s; s++) {
        if (*s == ' ' || *s == '\n') {
            count += hash & 0xff;
            hash = 5381;
        } else {
            hash = hash * 33 + (u8)*s;
        }
    }
    return count;
}

u32 strings_run(u32 count)
{
    u32 sum = 0;
    while (count--) {
        u32 n = length(text);
        copy_string(copy, text);
        copy[count % n] = '!';
        sum = mix(sum, same_for(text, copy));
        capitalise(copy);
        sum = mix(sum, words(copy));
    }
    return sum;
}
