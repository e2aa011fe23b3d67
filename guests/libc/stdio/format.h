/* The engine under the printf family: text leaves through a sink, piece by piece. */
#ifndef FORMAT_H
#define FORMAT_H

#include <stdarg.h>
#include <stddef.h>

struct sink {
  void (*put)(struct sink *sink, const char *text, size_t length);
  int total; /* bytes produced, whether or not the sink kept them */
};

void __format(struct sink *sink, const char *format, va_list arguments);

#endif
