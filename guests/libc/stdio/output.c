/* Characters, strings and blocks to a stream. */
#include "stream.h"

#include <errno.h>
#include <string.h>

size_t fwrite(const void *block, size_t size, size_t count, FILE *stream) {
  __stream_write(stream, block, size * count);
  __stream_settle(stream);
  return stream->error ? 0 : count;
}

int fputs(const char *s, FILE *stream) {
  fwrite(s, 1, strlen(s), stream);
  return stream->error ? EOF : 0;
}

int fputc(int c, FILE *stream) {
  char byte = c;
  fwrite(&byte, 1, 1, stream);
  return stream->error ? EOF : (unsigned char)byte;
}

int putchar(int c) {
  return fputc(c, stdout);
}

int puts(const char *s) {
  fputs(s, stdout);
  return putchar('\n') == EOF ? EOF : 0;
}

void perror(const char *prefix) {
  int number = errno;
  if (prefix && *prefix) fprintf(stderr, "%s: ", prefix);
  fprintf(stderr, "%s\n", strerror(number));
}
