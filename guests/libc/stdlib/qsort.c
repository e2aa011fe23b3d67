/* Heapsort: no recursion, no extra memory, and no input that makes it slow. Not stable. */
#include <stdlib.h>

static void swap(char *a, char *b, size_t width) {
  for (; width; width--, a++, b++) {
    char t = *a;
    *a = *b;
    *b = t;
  }
}

/* Sinks element `root` until neither child is greater. */
static void sink(char *base, size_t root, size_t count, size_t width, int (*compare)(const void *, const void *)) {
  for (size_t child; (child = 2 * root + 1) < count; root = child) {
    if (child + 1 < count && compare(base + child * width, base + (child + 1) * width) < 0) child++;
    if (compare(base + root * width, base + child * width) >= 0) return;
    swap(base + root * width, base + child * width, width);
  }
}

void qsort(void *base, size_t count, size_t width, int (*compare)(const void *, const void *)) {
  for (size_t root = count / 2; root-- > 0;) sink(base, root, count, width, compare);
  for (size_t last = count; last-- > 1;) {
    swap(base, (char *)base + last * width, width);
    sink(base, 0, last, width, compare);
  }
}
