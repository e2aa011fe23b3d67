/* Back to where it came from: the kernel at once for a mapped chunk, the bins or top for one of the heap. */
#include <errno.h>
#include <stdlib.h>

#include "heap.h"

void free(void *memory) {
  if (!memory) return;
  int kept = errno; /* free may fail to trim or unmap, and no caller wants to know */
  struct chunk *chunk = __malloc_check("free", memory);
  __malloc_counters.freed++;
  if (is_mapped(chunk)) __malloc_unmap(chunk);
  else __malloc_release(chunk);
  errno = kept;
}
