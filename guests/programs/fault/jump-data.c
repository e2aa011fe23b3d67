/* Runs off the end of the program: calls the first address after the heap's last page. 32-bit pages without PAE have no
   execute-disable bit, so bytes of data do execute; an unmapped page does not. SIGSEGV, EIP = CR2 = the break, error 4
   (fetches look like reads without NX; 0x14 where the processor has it on). */
#include <stdio.h>
#include <unistd.h>

int main(void) {
  unsigned long break_now = (unsigned long)sbrk(0);
  void (*volatile jump)(void) = (void (*)(void))((break_now + 4095) & ~4095UL);
  printf("about to call %p, just past the end of the data segment\n", (void *)jump);
  jump();
  return 0;
}
