/* Calls through a null function pointer. SIGSEGV, EIP = CR2 = 0, error 4; the return address on the stack
   names main. */
#include <stdio.h>

int main(void) {
  void (*volatile callback)(void) = NULL;
  puts("about to call a null function pointer");
  callback();
  return 0;
}
