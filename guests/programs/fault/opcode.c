/* Executes UD2 (0F 0B), the instruction that is defined not to exist: #UD. SIGILL, EIP at the UD2. */
#include <stdio.h>

int main(void) {
  puts("about to execute ud2");
  __asm__ volatile("ud2");
  return 0;
}
