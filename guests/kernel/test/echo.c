/* Copies standard input to standard output, a read at a time, and says how long each was. */
#include "test.h"

START(echo)
{
    static char line[300];
    int count;
    (void)stack, (void)edx;
    while ((count = call3(SYS_read, 0, line, sizeof line)) > 0) {
        call3(SYS_write, 1, line, count);
        print_number((u32)count, 10);
        print("\n");
    }
    finish();
}
