/* The standard streams, and the way from a stream's buffer to its descriptor. */
#include "stream.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static FILE standard_output = {.fd = STDOUT_FILENO};
static FILE standard_error = {.fd = STDERR_FILENO, .unbuffered = 1};
FILE *const stdout = &standard_output;
FILE *const stderr = &standard_error;

int fflush(FILE *stream) {
  if (!stream) stream = stdout; /* all streams: the only other one that writes never holds anything back */
  unsigned done = 0;
  while (done < stream->filled) {
    ssize_t count = write(stream->fd, stream->buffer + done, stream->filled - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      stream->error = 1;
      break;
    }
    done += count;
  }
  stream->filled = 0; /* after an error too: retrying for ever would hang exit */
  return stream->error ? EOF : 0;
}

void __stream_write(FILE *stream, const char *text, size_t length) {
  int line_ended = 0;
  while (length) {
    size_t room = sizeof stream->buffer - stream->filled;
    size_t part = length < room ? length : room;
    memcpy(stream->buffer + stream->filled, text, part);
    stream->filled += part;
    line_ended |= memchr(text, '\n', part) != NULL;
    text += part;
    length -= part;
    if (stream->filled == sizeof stream->buffer) fflush(stream);
  }
  if (line_ended && !stream->unbuffered) fflush(stream);
}

void __stream_settle(FILE *stream) {
  if (stream->unbuffered) fflush(stream);
}

void __stdio_exit(void) {
  fflush(stdout);
}

int ferror(FILE *stream) {
  return stream->error;
}
