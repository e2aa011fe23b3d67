/* printf to streams: format.c makes the pieces, the stream takes them. */
#include "format.h"
#include "stream.h"

struct stream_sink {
  struct sink sink;
  FILE *stream;
};

static void put(struct sink *sink, const char *text, size_t length) {
  __stream_write(((struct stream_sink *)sink)->stream, text, length);
}

int vfprintf(FILE *stream, const char *format, va_list arguments) {
  struct stream_sink out = {{put, 0}, stream};
  __format(&out.sink, format, arguments);
  __stream_settle(stream);
  return stream->error ? -1 : out.sink.total;
}

int vprintf(const char *format, va_list arguments) {
  return vfprintf(stdout, format, arguments);
}

int fprintf(FILE *stream, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = vfprintf(stream, format, arguments);
  va_end(arguments);
  return length;
}

int printf(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = vfprintf(stdout, format, arguments);
  va_end(arguments);
  return length;
}
