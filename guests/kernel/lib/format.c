/* The part of printf the kernel uses. */
#include "format.h"

struct output {
    char *to;
    size_t size, length;
};

static void put(struct output *out, char c)
{
    if (out->length + 1 < out->size)
        out->to[out->length++] = c;
}

static void put_number(struct output *out, u32 value, u32 base, u32 width, char pad)
{
    char digits[12];
    u32 count = 0;
    do
        digits[count++] = "0123456789abcdef"[value % base];
    while (value /= base);
    for (; width > count; width--)
        put(out, pad);
    while (count)
        put(out, digits[--count]);
}

size_t format_arguments(char *to, size_t size, const char *form, va_list arguments)
{
    struct output out = { to, size, 0 };
    for (; *form; form++) {
        if (*form != '%') {
            put(&out, *form);
            continue;
        }
        char pad = ' ';
        u32 width = 0;
        if (*++form == '0')
            pad = '0';
        for (; *form >= '0' && *form <= '9'; form++)
            width = width * 10 + (u32)(*form - '0');
        switch (*form) {
        case 's':
            for (const char *text = va_arg(arguments, const char *); *text; text++)
                put(&out, *text);
            break;
        case 'c':
            put(&out, (char)va_arg(arguments, int));
            break;
        case 'd': {
            s32 value = va_arg(arguments, s32);
            if (value < 0)
                put(&out, '-');
            put_number(&out, value < 0 ? -(u32)value : (u32)value, 10, width, pad);
            break;
        }
        case 'u':
            put_number(&out, va_arg(arguments, u32), 10, width, pad);
            break;
        case 'x':
            put_number(&out, va_arg(arguments, u32), 16, width, pad);
            break;
        case 0:
            form--;
            break;
        default:
            put(&out, *form);
        }
    }
    if (size)
        to[out.length] = 0;
    return out.length;
}

size_t format(char *to, size_t size, const char *form, ...)
{
    va_list arguments;
    va_start(arguments, form);
    size_t length = format_arguments(to, size, form, arguments);
    va_end(arguments);
    return length;
}
