/* Lines for port E9h, which all three emulators have. */
#include "harness.h"

#define PORT 0xe9

static char line[8192];
static u32 length;

void tell_flush(void)
{
    for (u32 i = 0; i < length; i++)
        out8(PORT, (u8)line[i]);
    length = 0;
}

void tell_char(char c)
{
    if (length == sizeof line)
        tell_flush();
    line[length++] = c;
}

void tell_text(const char *text)
{
    while (*text)
        tell_char(*text++);
}

void tell_number(u32 value)
{
    int shift = 28;
    while (shift > 0 && value >> shift == 0)
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        tell_char("0123456789abcdef"[value >> shift & 15]);
}

void tell_pair(char before, u32 name, u32 value)
{
    tell_char(before);
    tell_number(name);
    tell_char('=');
    tell_number(value);
}

u32 has_fxsave;
static u32 leaf1_eax, leaf1_ecx, leaf1_edx;

void find_processor(void)
{
    u32 eax = 1, ebx;
    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "=c"(leaf1_ecx), "=d"(leaf1_edx));
    leaf1_eax = eax;
    has_sysenter = leaf1_edx >> 11 & 1;
    has_fxsave = leaf1_edx >> 24 & 1;
}

void tell_processor(void)
{
    tell_text("* ");
    tell_number(leaf1_eax);
    tell_char(' ');
    tell_number(leaf1_ecx);
    tell_char(' ');
    tell_number(leaf1_edx);
    tell_char('\n');
    tell_flush();
}
