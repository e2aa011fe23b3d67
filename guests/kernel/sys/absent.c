/* Calls that C libraries try first and do well without: -ENOSYS, as an older kernel answers, and not worth a log line. */
#include "../errno.h"
#include "syscall.h"

s32 sys_absent(void)
{
    return -ENOSYS;
}

/* No file system here has extended attributes. */
s32 sys_no_attributes(void)
{
    return -EOPNOTSUPP;
}
