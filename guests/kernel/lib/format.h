/* Text with numbers in it. */
#pragma once
#include "../types.h"

typedef __builtin_va_list va_list;
#define va_start __builtin_va_start
#define va_arg __builtin_va_arg
#define va_end __builtin_va_end

/** %s %c %u %d %x, with a width that pads with blanks or, from a leading 0, zeros; %%. Never longer than size-1; returns the length. */
size_t format_arguments(char *to, size_t size, const char *form, va_list arguments);
size_t format(char *to, size_t size, const char *form, ...) __attribute__((format(printf, 3, 4)));
