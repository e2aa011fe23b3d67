/* Executes CLI at CPL 3 with IOPL 0: #GP(0), not a page fault. SIGSEGV, error 0, CR2 unchanged. */
#include <stdio.h>

int main(void) {
  puts("about to execute cli, which only the kernel may");
  __asm__ volatile("cli");
  return 0;
}
