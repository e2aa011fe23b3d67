/* Reads the kernel's half of the address space, mapped for the supervisor only. SIGSEGV, CR2 = 0xc0000000, error 5
   (read, user, present) under a 3 GiB kernel; a 64-bit host has nothing there and gives error 4. */
#include <stdio.h>

int main(void) {
  int *volatile p = (int *)0xc0000000;
  puts("about to read *(int *)0xc0000000, in the kernel's memory");
  return *p;
}
