/* Tests the C library by rows: what is printed and parsed, what strings and sorting do. TAP; status 1 on failure. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int tests, failures;

static void check(int good, const char *name) {
  printf("%sok %d %s\n", good ? "" : "not ", ++tests, name);
  failures += !good;
}

/* Not PRINTF_LIKE: some rows are formats that gcc warns of. */
static void row(const char *expected, const char *format, ...) {
  char text[128];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  int good = !strcmp(text, expected) && length == (int)strlen(expected);
  printf("%sok %d printf \"%s\" gives \"%s\"\n", good ? "" : "not ", ++tests, format, expected);
  if (!good) printf("# but gave \"%s\", length %d\n", text, length);
  failures += !good;
}

static void test_printf(void) {
  row("plain", "plain");
  row("0 -1 2147483647", "%d %i %d", 0, -1, INT_MAX);
  row("-2147483648", "%d", INT_MIN);
  row("4294967295", "%u", UINT_MAX);
  row("   42|42   |00042", "%5d|%-5d|%05d", 42, 42, 42);
  row("+5 -5  5", "%+d %+d % d", 5, -5, 5);
  row("-0042", "%05d", -42);
  row("  0042", "%6.4d", 42);
  row("  0042", "%06.4d", 42);
  row("||0", "%.0d|%.0u|%d", 0, 0, 0);
  row("beef BEEF 0xbeef 0XBEEF", "%x %X %#x %#X", 0xbeef, 0xbeef, 0xbeef, 0xbeef);
  row("0 0", "%x %#x", 0, 0);
  row("0x00ff", "%#06x", 255);
  row("17 017 0", "%o %#o %#o", 15, 15, 0);
  row("9223372036854775807", "%lld", LLONG_MAX);
  row("-9223372036854775808", "%lld", LLONG_MIN);
  row("18446744073709551615", "%llu", ULLONG_MAX);
  row("123456789abcdef0", "%llx", 0x123456789abcdef0ULL);
  row("1000000000000 7", "%lld %d", 1000000000000LL, 7);
  row("1777777777777777777777", "%llo", ULLONG_MAX);
  row("7 8 9 10", "%ld %zu %td %jd", 7L, (size_t)8, (ptrdiff_t)9, (intmax_t)10);
  row("-1 255 -1 65535", "%hhd %hhu %hd %hu", 255, 255, 65535, 65535);
  row("c|  c|c  ", "%c|%3c|%-3c", 'c', 'c', 'c');
  row("word| word|word |wo", "%s|%5s|%-5s|%.2s", "word", "word", "word", "word");
  row("(null)", "%s", (char *)0);
  row("  ab|ab  |abc", "%*s|%-*s|%.*s", 4, "ab", 4, "ab", 3, "abcdef");
  row("ab  |", "%*s|", -4, "ab");
  row("0x8048000 0x0", "%p %p", (void *)0x8048000, (void *)0);
  row("100%", "%d%%", 100);
  row("%y", "%y");
  char small[5];
  int length = snprintf(small, sizeof small, "%s", "too long");
  check(length == 8 && !strcmp(small, "too "), "snprintf cuts, ends with NUL and tells the whole length");
  check(snprintf(NULL, 0, "%d", 12345) == 5, "snprintf measures without a buffer");
}

static void test_numbers(void) {
  static const struct {
    const char *text;
    int base;
    long value;
    int used, error;
  } rows[] = {
      {"42", 10, 42, 2, 0},           {"  -17x", 10, -17, 5, 0},     {"0x1F", 0, 31, 4, 0},
      {"0x1F", 16, 31, 4, 0},         {"1f", 16, 31, 2, 0},          {"017", 0, 15, 3, 0},
      {"0x", 0, 0, 1, 0},             {"zz", 36, 1295, 2, 0},        {"", 10, 0, 0, 0},
      {"x", 10, 0, 0, 0},             {"+7", 10, 7, 2, 0},           {"2147483647", 10, LONG_MAX, 10, 0},
      {"-2147483648", 10, LONG_MIN, 11, 0}, {"2147483648", 10, LONG_MAX, 10, ERANGE},
      {"-99999999999", 10, LONG_MIN, 12, ERANGE},
  };
  for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
    char *end, name[64];
    errno = 0;
    long value = strtol(rows[i].text, &end, rows[i].base);
    snprintf(name, sizeof name, "strtol(\"%s\", base %d) is %ld", rows[i].text, rows[i].base, rows[i].value);
    check(value == rows[i].value && end - rows[i].text == rows[i].used && errno == rows[i].error, name);
  }
  char *end;
  errno = 0;
  check(strtoul("4294967295", &end, 10) == ULONG_MAX && errno == 0, "strtoul reads ULONG_MAX");
  check(strtoul("4294967296", &end, 10) == ULONG_MAX && errno == ERANGE, "strtoul saturates above it");
  check(atoi("-123abc") == -123, "atoi stops at the first other character");
}

static void test_division(void) {
  static const struct {
    uint64_t n, d, quotient, remainder;
  } rows[] = {
      {100, 7, 14, 2},
      {0x123456789abcdef0, 10, 131176846746379032, 0},
      {0xffffffffffffffff, 0xffffffff, 0x100000001, 0},
      {0xffffffffffffffff, 0x100000000, 0xffffffff, 0xffffffff},
      {0xffffffffffffffff, 0xffffffffffffffff, 1, 0},
      {0xfffffffffffffffe, 0xffffffffffffffff, 0, 0xfffffffffffffffe},
      {0x8000000000000000, 0x8000000000000001, 0, 0x8000000000000000},
      {0xfedcba9876543210, 0x123456789, 0xe0000000, 0x96543210},
  };
  int good = 1;
  for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
    volatile uint64_t n = rows[i].n, d = rows[i].d; /* volatile: divided here, not by the compiler */
    good &= n / d == rows[i].quotient && n % d == rows[i].remainder;
  }
  check(good, "unsigned 64-bit quotients and remainders");
  volatile int64_t n = -1000000000007, d = 1000000;
  check(n / d == -1000000 && n % d == -7, "signed ones truncate towards zero");
}

static void test_strings(void) {
  char buffer[32] = "abcdefghij";
  memmove(buffer + 2, buffer, 6);
  check(!strcmp(buffer, "ababcdefij"), "memmove up over itself");
  strcpy(buffer, "abcdefghij");
  memmove(buffer, buffer + 2, 6);
  check(!strcmp(buffer, "cdefghghij"), "memmove down over itself");
  memset(buffer, 'x', 7);
  check(!memcmp(buffer, "xxxxxxxhij", 10), "memset of an odd length");
  check(memcmp("a\0b", "a\0c", 3) < 0 && memcmp("\xff", "\1", 1) > 0, "memcmp compares unsigned, past NULs");
  check(strcmp("abc", "abd") < 0 && strcmp("abc", "ab") > 0 && !strcmp("", ""), "strcmp");
  check(!strncmp("abcX", "abcY", 3) && strncmp("abcX", "abcY", 4) < 0, "strncmp");
  const char *path = "a/b/c";
  check(strchr(path, '/') == path + 1 && strchr(path, 0) == path + 5, "strchr");
  check(strrchr(path, '/') == path + 3 && !strrchr(path, 'x'), "strrchr");
  check(strstr(path, "b/") == path + 2 && strstr(path, "") == path && !strstr(path, "bc"), "strstr");
  check(strpbrk(path, "cb") == path + 2 && !strpbrk(path, "xyz"), "strpbrk");
  strncpy(buffer, "ab", 5);
  check(!memcmp(buffer, "ab\0\0\0xx", 7), "strncpy fills with NULs");
  strcat(strcpy(buffer, "one"), "two");
  check(!strcmp(buffer, "onetwo") && strnlen(buffer, 3) == 3, "strcat, strnlen");
  char line[] = "  set  a=1 ";
  char *first = strtok(line, " ="), *second = strtok(NULL, " ="), *third = strtok(NULL, " =");
  check(!strcmp(first, "set") && !strcmp(second, "a") && !strcmp(third, "1") && !strtok(NULL, " ="), "strtok");
  strcpy(buffer, "ab");
  strncat(buffer, "cdef", 2);
  check(!strcmp(buffer, "abcd") && sprintf(buffer, "%d-%s", 7, "x") == 3 && !strcmp(buffer, "7-x"), "strncat, sprintf");
  check(!memchr("abc", 'd', 3) && memchr("abc", 'c', 3) != NULL, "memchr");
  char *copy = strdup("copied");
  check(copy && !strcmp(copy, "copied"), "strdup");
  free(copy);
  check(isdigit('7') && !isdigit('/') && isalpha('z') && !isalpha('@') && isspace('\t') && toupper('q') == 'Q',
        "classes of characters");
}

static int by_value(const void *a, const void *b) {
  int x = *(const int *)a, y = *(const int *)b;
  return (x > y) - (x < y);
}

static void test_sorting(void) {
  int good = 1;
  for (int count = 0; count < 200; count++) {
    int numbers[200];
    unsigned seed = count, sum = 0;
    for (int i = 0; i < count; i++) sum += numbers[i] = (seed = seed * 1664525 + 1013904223) >> 24;
    qsort(numbers, count, sizeof *numbers, by_value);
    for (int i = 0; i < count; i++) sum -= numbers[i];
    for (int i = 1; i < count; i++) good &= numbers[i - 1] <= numbers[i];
    good &= sum == 0;
  }
  check(good, "qsort orders 200 arrays and keeps their elements");
}

static void test_errors(void) {
  errno = 0;
  check(write(-1, "", 1) == -1 && errno == EBADF, "a bad descriptor is EBADF");
  check(!strcmp(strerror(ENOENT), "No such file or directory"), "strerror");
  check(!getenv("SURELY_NOT_SET"), "getenv of what is not set");
}

static void say_goodbye(void) {
  printf("1..%d\n", tests); /* the plan, last: it shows that atexit ran, and that exit flushes after it */
}

int main(void) {
  atexit(say_goodbye);
  test_printf();
  test_numbers();
  test_division();
  test_strings();
  test_sorting();
  test_errors();
  return failures != 0;
}
