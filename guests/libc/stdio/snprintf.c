/* printf to memory: what does not fit is counted, not written. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "format.h"

struct buffer_sink {
  struct sink sink;
  char *next;
  size_t room; /* bytes left before the place of the NUL */
};

static void put(struct sink *sink, const char *text, size_t length) {
  struct buffer_sink *out = (struct buffer_sink *)sink;
  if (length > out->room) length = out->room;
  memcpy(out->next, text, length);
  out->next += length;
  out->room -= length;
}

int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments) {
  struct buffer_sink out = {{put, 0}, buffer, size ? size - 1 : 0};
  __format(&out.sink, format, arguments);
  if (size) *out.next = 0;
  return out.sink.total;
}

int snprintf(char *buffer, size_t size, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(buffer, size, format, arguments);
  va_end(arguments);
  return length;
}

int sprintf(char *buffer, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(buffer, INT_MAX, format, arguments);
  va_end(arguments);
  return length;
}
