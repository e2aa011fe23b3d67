/* Paths in their one form: components separated by single slashes, none before or after. There is no current directory: "/" is. */
#include "../errno.h"
#include "../lib/string.h"
#include "inode.h"

s32 path_normalise(char to[PATH_LIMIT], const char *from)
{
    u32 length = 0;
    while (*from) {
        u32 part = 0;
        while (from[part] && from[part] != '/')
            part++;
        if (part == 2 && from[0] == '.' && from[1] == '.') {
            while (length && to[--length] != '/')
                ;
        } else if (part && !(part == 1 && from[0] == '.')) {
            if (length + part + 2 > PATH_LIMIT)
                return -ENAMETOOLONG;
            if (length)
                to[length++] = '/';
            memcpy(to + length, from, part);
            length += part;
        }
        from += part;
        while (*from == '/')
            from++;
    }
    to[length] = 0;
    return 0;
}
