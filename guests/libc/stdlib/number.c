/* Text to integers: leading space, a sign, for base 0 or 16 a 0x, for base 0 a leading 0 (octal). */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

static unsigned digit_value(char c) {
  if (isdigit(c)) return c - '0';
  if (isalpha(c)) return tolower(c) - 'a' + 10;
  return UINT_MAX;
}

/* The magnitude; `*overflowed` when it is above ULONG_MAX. `*end` is `s` itself when there is no digit. */
static unsigned long scan(const char *s, char **end, int base, int *negative, int *overflowed) {
  const char *p = s;
  while (isspace(*p)) p++;
  *negative = *p == '-';
  *overflowed = 0;
  if (*p == '-' || *p == '+') p++;
  int hexadecimal = p[0] == '0' && tolower(p[1]) == 'x' && isxdigit(p[2]);
  if (hexadecimal && (base == 0 || base == 16)) p += 2, base = 16;
  else if (base == 0) base = *p == '0' ? 8 : 10;
  unsigned long value = 0;
  const char *first = p;
  for (unsigned digit; (digit = digit_value(*p)) < (unsigned)base; p++) {
    if (value > (ULONG_MAX - digit) / base) *overflowed = 1;
    value = value * base + digit;
  }
  if (end) *end = (char *)(p == first ? s : p);
  return value;
}

unsigned long strtoul(const char *s, char **end, int base) {
  int negative, overflowed;
  unsigned long value = scan(s, end, base, &negative, &overflowed);
  if (overflowed) {
    errno = ERANGE;
    return ULONG_MAX;
  }
  return negative ? -value : value;
}

long strtol(const char *s, char **end, int base) {
  int negative, overflowed;
  unsigned long value = scan(s, end, base, &negative, &overflowed);
  if (overflowed || value > (unsigned long)LONG_MAX + negative) {
    errno = ERANGE;
    return negative ? LONG_MIN : LONG_MAX;
  }
  return negative ? -value : value;
}

int atoi(const char *s) {
  return strtol(s, NULL, 10);
}

int abs(int n) {
  return n < 0 ? -n : n;
}
