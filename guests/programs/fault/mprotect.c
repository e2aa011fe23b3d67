/* Takes the write permission off a page of its own and writes to it. SIGSEGV, CR2 = the page + 16, error 7. */
#include <stdio.h>
#include <sys/mman.h>

int main(void) {
  char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED || (page[16] = 1, mprotect(page, 4096, PROT_READ)) < 0) {
    perror("fault-mprotect");
    return 1;
  }
  char *volatile p = page + 16;
  printf("about to write to %p, made read-only by mprotect\n", (void *)p);
  *p = 2;
  return 0;
}
