/* Recursion without end: the stack grows page by page to its limit (8 MiB). SIGSEGV, CR2 just below the limit,
   error 6 (write, user, not present). */
#include <stdio.h>

static volatile int bottomless = 1;

static int descend(int depth) {
  volatile char frame[512]; /* larger frames reach the end sooner; still far smaller than a page */
  frame[0] = depth;
  if (!bottomless) return frame[0];
  return descend(depth + 1) + frame[0]; /* the addition comes after, so this is no tail call */
}

int main(void) {
  puts("about to recurse without end");
  return descend(0);
}
