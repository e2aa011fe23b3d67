/* What a FILE is: a descriptor and one buffer, used for reading or for writing, never both. */
#ifndef STREAM_H
#define STREAM_H

#include <stdio.h>

struct stream {
  int fd;
  int eof, error;
  int unbuffered;       /* flushed at the end of each call */
  unsigned next, filled; /* reading: the unread part; writing: `filled` bytes wait */
  char buffer[1024];
};

/** Appends to the buffer, flushing when it is full; a line-buffered stream is flushed up to its last newline. */
void __stream_write(FILE *stream, const char *text, size_t length);

/** At the end of each public output call: an unbuffered stream goes out now. */
void __stream_settle(FILE *stream);

/** Called by exit: a weak no-op unless a stream is linked in. */
void __stdio_exit(void);

#endif
