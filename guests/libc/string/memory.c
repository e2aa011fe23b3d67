/*
 * Blocks of bytes. The string instructions do the moving: one instruction whatever the length, which is also what an
 * emulator does fastest. gcc emits calls to the first four by itself, so they exist even in a program that uses none.
 */
#include <string.h>

void *memcpy(void *restrict to, const void *restrict from, size_t count) {
  void *d = to;
  size_t words = count / 4;
  __asm__ volatile("rep movsl" : "+D"(d), "+S"(from), "+c"(words) : : "memory");
  count &= 3;
  __asm__ volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(count) : : "memory");
  return to;
}

void *memmove(void *to, const void *from, size_t count) {
  if ((size_t)((char *)to - (const char *)from) >= count) return memcpy(to, from, count);
  /* The target starts inside the source: copy from the last byte down. */
  void *d = (char *)to + count - 1;
  const void *s = (const char *)from + count - 1;
  __asm__ volatile("std; rep movsb; cld" : "+D"(d), "+S"(s), "+c"(count) : : "memory");
  return to;
}

void *memset(void *to, int byte, size_t count) {
  void *d = to;
  unsigned long word = (unsigned char)byte * 0x01010101UL;
  size_t words = count / 4;
  __asm__ volatile("rep stosl" : "+D"(d), "+c"(words) : "a"(word) : "memory");
  count &= 3;
  __asm__ volatile("rep stosb" : "+D"(d), "+c"(count) : "a"(word) : "memory");
  return to;
}

int memcmp(const void *a, const void *b, size_t count) {
  const unsigned char *x = a, *y = b;
  for (; count; count--, x++, y++) {
    if (*x != *y) return *x - *y;
  }
  return 0;
}

void *memchr(const void *block, int byte, size_t count) {
  const unsigned char *p = block;
  for (; count; count--, p++) {
    if (*p == (unsigned char)byte) return (void *)p;
  }
  return NULL;
}
