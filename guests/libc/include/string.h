/* Memory blocks and strings. */
#ifndef STRING_H
#define STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *to, int byte, size_t count);
int memcmp(const void *a, const void *b, size_t count);
void *memchr(const void *block, int byte, size_t count);

size_t strlen(const char *s);
size_t strnlen(const char *s, size_t limit);
char *strcpy(char *restrict to, const char *restrict from);
char *strncpy(char *restrict to, const char *restrict from, size_t count);
char *stpcpy(char *restrict to, const char *restrict from); /* returns the NUL's place: gcc makes calls of it */
char *strcat(char *restrict to, const char *restrict from);
char *strncat(char *restrict to, const char *restrict from, size_t count);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t count);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *text, const char *word);
char *strpbrk(const char *s, const char *any);
char *strtok(char *text, const char *separators);
char *strdup(const char *s);

/** The text of an error number; "Unknown error" for one that errno.h does not name. */
const char *strerror(int number);

#endif
