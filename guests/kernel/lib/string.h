/* Memory and strings. memcpy, memset and memmove are also what the compiler itself calls. */
#pragma once
#include "../types.h"

void *memcpy(void *to, const void *from, size_t count);
void *memset(void *to, int byte, size_t count);
void *memmove(void *to, const void *from, size_t count);
int memcmp(const void *a, const void *b, size_t count);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t count);
/** Copies at most size-1 bytes and always ends with a NUL; returns the length copied. */
size_t copy_string(char *to, const char *from, size_t size);
