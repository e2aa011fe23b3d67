/* Reading stdin. stdout is flushed before each read that may block, so that a prompt is seen before its answer. */
#include "stream.h"

#include <errno.h>
#include <unistd.h>

static FILE standard_input = {.fd = STDIN_FILENO};
FILE *const stdin = &standard_input;

int fgetc(FILE *stream) {
  if (stream->next == stream->filled) {
    fflush(stdout);
    ssize_t count;
    do {
      count = read(stream->fd, stream->buffer, sizeof stream->buffer);
    } while (count < 0 && errno == EINTR);
    if (count <= 0) {
      if (count < 0) stream->error = 1;
      else stream->eof = 1;
      return EOF;
    }
    stream->next = 0;
    stream->filled = count;
  }
  return (unsigned char)stream->buffer[stream->next++];
}

int getchar(void) {
  return fgetc(stdin);
}

char *fgets(char *buffer, int size, FILE *stream) {
  int length = 0;
  while (length < size - 1) {
    int c = fgetc(stream);
    if (c == EOF) break;
    buffer[length++] = c;
    if (c == '\n') break;
  }
  if (length == 0) return NULL;
  buffer[length] = 0;
  return buffer;
}

int feof(FILE *stream) {
  return stream->eof;
}
