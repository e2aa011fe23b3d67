/*
 * One conversion is %[flags][width][.precision][length]type:
 *   flags   - left  0 zero-fill  + sign  space  # 0x or 0 in front
 *   length  hh h l ll z t j       type  d i u x X o c s p %
 * An unknown type is printed as it stands. (C11 7.21.6.1, without floating point, %n and wide characters.)
 */
#include "format.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

struct conversion {
  int left, zero, plus, space, alternate;
  int width;
  int precision; /* -1: none given */
  int size;      /* bytes of an integer argument: 1, 2, 4 or 8 */
};

static void emit(struct sink *sink, const char *text, size_t length) {
  sink->put(sink, text, length);
  sink->total += length;
}

static void fill(struct sink *sink, char with, int count) {
  char block[16];
  memset(block, with, sizeof block);
  for (; count > 0; count -= sizeof block) emit(sink, block, count < (int)sizeof block ? count : (int)sizeof block);
}

/* Prefix (sign or 0x), then zeroes, then text, padded to the width. */
static void emit_field(struct sink *sink, const struct conversion *c, const char *prefix, int zeroes, const char *text,
                       int length) {
  int prefix_length = strlen(prefix);
  int pad = c->width - prefix_length - zeroes - length;
  if (!c->left) fill(sink, ' ', pad);
  emit(sink, prefix, prefix_length);
  fill(sink, '0', zeroes);
  emit(sink, text, length);
  if (c->left) fill(sink, ' ', pad);
}

static void emit_integer(struct sink *sink, const struct conversion *c, uint64_t value, unsigned base,
                         const char *digits, const char *prefix) {
  char text[24]; /* 2^64 has 22 octal digits */
  char *end = text + sizeof text, *first = end;
  while (value) {
    if (value >> 32) {
      *--first = digits[value % base];
      value /= base;
    } else {
      *--first = digits[(uint32_t)value % base]; /* one DIV instead of a call */
      value = (uint32_t)value / base;
    }
  }
  int length = end - first;
  int zeroes = 0;
  if (c->precision >= 0) zeroes = c->precision - length;
  else if (c->zero && !c->left) zeroes = c->width - (int)strlen(prefix) - length;
  if (length + zeroes < 1 && c->precision != 0) zeroes = 1 - length;
  if (zeroes < 0) zeroes = 0;
  if (base == 8 && c->alternate && zeroes == 0) zeroes = 1;
  emit_field(sink, c, prefix, zeroes, first, length);
}

static uint64_t next_unsigned(va_list *arguments, int size) {
  if (size == 8) return va_arg(*arguments, uint64_t);
  uint32_t value = va_arg(*arguments, uint32_t);
  return size == 4 ? value : value & ((1U << 8 * size) - 1);
}

static int64_t next_signed(va_list *arguments, int size) {
  if (size == 8) return va_arg(*arguments, int64_t);
  int32_t value = va_arg(*arguments, int32_t);
  return size == 4 ? value : size == 2 ? (int16_t)value : (int8_t)value;
}

static const char *read_flags(const char *format, struct conversion *c) {
  for (;; format++) {
    switch (*format) {
      case '-': c->left = 1; break;
      case '0': c->zero = 1; break;
      case '+': c->plus = 1; break;
      case ' ': c->space = 1; break;
      case '#': c->alternate = 1; break;
      default: return format;
    }
  }
}

static const char *read_number(const char *format, int *number, va_list *arguments) {
  if (*format == '*') {
    *number = va_arg(*arguments, int);
    return format + 1;
  }
  for (*number = 0; isdigit(*format); format++) {
    if (*number < 1 << 20) *number = *number * 10 + (*format - '0');
  }
  return format;
}

static const char *read_length(const char *format, struct conversion *c) {
  c->size = 4;
  for (;; format++) {
    switch (*format) {
      case 'h': c->size = c->size == 2 ? 1 : 2; break;
      case 'l': c->size = format[-1] == 'l' ? 8 : 4; break;
      case 'j': c->size = 8; break;
      case 'z':
      case 't': break;
      default: return format;
    }
  }
}

static void convert(struct sink *sink, struct conversion *c, char type, va_list *arguments) {
  static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
  switch (type) {
    case 'd':
    case 'i': {
      int64_t value = next_signed(arguments, c->size);
      uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
      emit_integer(sink, c, magnitude, 10, lower, value < 0 ? "-" : c->plus ? "+" : c->space ? " " : "");
      break;
    }
    case 'u': emit_integer(sink, c, next_unsigned(arguments, c->size), 10, lower, ""); break;
    case 'o': emit_integer(sink, c, next_unsigned(arguments, c->size), 8, lower, ""); break;
    case 'x': {
      uint64_t value = next_unsigned(arguments, c->size);
      emit_integer(sink, c, value, 16, lower, c->alternate && value ? "0x" : "");
      break;
    }
    case 'X': {
      uint64_t value = next_unsigned(arguments, c->size);
      emit_integer(sink, c, value, 16, upper, c->alternate && value ? "0X" : "");
      break;
    }
    case 'p': emit_integer(sink, c, next_unsigned(arguments, 4), 16, lower, "0x"); break;
    case 'c': {
      char byte = va_arg(*arguments, int);
      emit_field(sink, c, "", 0, &byte, 1);
      break;
    }
    case 's': {
      const char *s = va_arg(*arguments, const char *);
      if (!s) s = "(null)";
      emit_field(sink, c, "", 0, s, c->precision < 0 ? strlen(s) : strnlen(s, c->precision));
      break;
    }
    case '%': emit(sink, "%", 1); break;
    default:
      emit(sink, "%", 1);
      emit(sink, &type, 1);
  }
}

void __format(struct sink *sink, const char *format, va_list list) {
  va_list arguments;
  va_copy(arguments, list); /* so that its address may be passed on: a va_list parameter may be an array */
  while (*format) {
    const char *plain = format;
    while (*format && *format != '%') format++;
    if (format > plain) emit(sink, plain, format - plain);
    if (!*format || !*++format) break;
    struct conversion c = {.precision = -1};
    format = read_flags(format, &c);
    format = read_number(format, &c.width, &arguments);
    if (c.width < 0) c.left = 1, c.width = -c.width;
    if (*format == '.') format = read_number(format + 1, &c.precision, &arguments);
    format = read_length(format, &c);
    if (!*format) break;
    convert(sink, &c, *format++, &arguments);
  }
  va_end(arguments);
}
