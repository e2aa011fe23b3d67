/*
 * The three standard streams. stdout is line-buffered and flushed at exit and before stdin blocks; stderr is written
 * at the end of each call. printf knows the flags "-0+ #", width, precision, hh h l ll z t j and d i u x X o c s p %.
 * Not modelled: fopen, floating point, wide characters, %n.
 */
#ifndef STDIO_H
#define STDIO_H

#include <stdarg.h>
#include <stddef.h>

#define EOF (-1)

typedef struct stream FILE;
extern FILE *const stdin, *const stdout, *const stderr;

#define PRINTF_LIKE(text, first) __attribute__((__format__(__printf__, text, first)))

int printf(const char *format, ...) PRINTF_LIKE(1, 2);
int fprintf(FILE *stream, const char *format, ...) PRINTF_LIKE(2, 3);
int sprintf(char *buffer, const char *format, ...) PRINTF_LIKE(2, 3);
int snprintf(char *buffer, size_t size, const char *format, ...) PRINTF_LIKE(3, 4);
int vprintf(const char *format, va_list arguments);
int vfprintf(FILE *stream, const char *format, va_list arguments);

/** Writes at most size-1 bytes and a NUL; returns the length the whole text has. */
int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments);

int puts(const char *s);
int putchar(int c);
int fputc(int c, FILE *stream);
int fputs(const char *s, FILE *stream);
size_t fwrite(const void *block, size_t size, size_t count, FILE *stream);
int fflush(FILE *stream);
int ferror(FILE *stream);
void perror(const char *prefix);

int getchar(void);
int fgetc(FILE *stream);
char *fgets(char *buffer, int size, FILE *stream);
int feof(FILE *stream);

#endif
