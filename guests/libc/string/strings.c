/* Strings: bytes up to a NUL. Byte by byte, because the strings here are short. */
#include <string.h>

size_t strlen(const char *s) {
  const char *end = s;
  while (*end) end++;
  return end - s;
}

size_t strnlen(const char *s, size_t limit) {
  size_t n = 0;
  while (n < limit && s[n]) n++;
  return n;
}

char *strcpy(char *restrict to, const char *restrict from) {
  memcpy(to, from, strlen(from) + 1);
  return to;
}

char *strncpy(char *restrict to, const char *restrict from, size_t count) {
  size_t length = strnlen(from, count);
  memcpy(to, from, length);
  memset(to + length, 0, count - length);
  return to;
}

char *stpcpy(char *restrict to, const char *restrict from) {
  size_t length = strlen(from);
  memcpy(to, from, length + 1);
  return to + length;
}

char *strncat(char *restrict to, const char *restrict from, size_t count) {
  size_t length = strnlen(from, count);
  char *end = to + strlen(to);
  memcpy(end, from, length);
  end[length] = 0;
  return to;
}

char *strcat(char *restrict to, const char *restrict from) {
  strcpy(to + strlen(to), from);
  return to;
}

int strcmp(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t count) {
  while (count && *a && *a == *b) a++, b++, count--;
  return count ? (unsigned char)*a - (unsigned char)*b : 0;
}

char *strchr(const char *s, int c) {
  for (;; s++) {
    if (*s == (char)c) return (char *)s;
    if (!*s) return NULL;
  }
}

char *strrchr(const char *s, int c) {
  const char *found = NULL;
  for (;; s++) {
    if (*s == (char)c) found = s;
    if (!*s) return (char *)found;
  }
}

char *strstr(const char *text, const char *word) {
  size_t length = strlen(word);
  for (;; text++) {
    if (!strncmp(text, word, length)) return (char *)text;
    if (!*text) return NULL;
  }
}

char *strpbrk(const char *s, const char *any) {
  for (; *s; s++) {
    if (strchr(any, *s)) return (char *)s;
  }
  return NULL;
}
