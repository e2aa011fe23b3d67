/* The example generator of the C standard (C11 7.22.2.2): 15 bits a number, the same sequence on every run. */
#include <stdlib.h>

static unsigned state = 1;

int rand(void) {
  state = state * 1103515245 + 12345;
  return state / 65536 % (RAND_MAX + 1U);
}

void srand(unsigned seed) {
  state = seed;
}
