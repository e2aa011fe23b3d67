/* Memory, numbers, environment and the end of the program. */
#ifndef STDLIB_H
#define STDLIB_H

#include <stddef.h>

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *block, size_t size);
void free(void *block);
void *aligned_alloc(size_t alignment, size_t size);

int atoi(const char *s);
long strtol(const char *s, char **end, int base);
unsigned long strtoul(const char *s, char **end, int base);

char *getenv(const char *name);

/** Runs `function` at exit, last registered first; 0, or -1 when all 32 places are taken. */
int atexit(void (*function)(void));
void exit(int status) __attribute__((noreturn));
void abort(void) __attribute__((noreturn));

void qsort(void *base, size_t count, size_t width, int (*compare)(const void *, const void *));
int abs(int n);

#define RAND_MAX 32767
int rand(void);
void srand(unsigned seed);

#endif
