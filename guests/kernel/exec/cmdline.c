/* Parses boot/cmdline (docs/platform.md). Unknown words are left alone. */
#include "cmdline.h"
#include "../fs/inode.h"
#include "../lib/string.h"

static u32 decimal(const char *digits)
{
    u32 value = 0;
    for (; *digits >= '0' && *digits <= '9'; digits++)
        value = value * 10 + (u32)(*digits - '0');
    return value;
}

static void take_word(struct cmdline *to, const char *word)
{
    if (!strncmp(word, "init=", 5))
        copy_string(to->init, word + 5, sizeof to->init);
    else if (!strncmp(word, "seed=", 5))
        to->seed = decimal(word + 5);
    else if (!strncmp(word, "aslr=", 5))
        to->aslr = strcmp(word + 5, "off") != 0;
    else if (!strncmp(word, "log=", 4))
        to->log = strcmp(word + 4, "off") != 0;
}

void cmdline_read(struct cmdline *to)
{
    static char line[1024];
    struct inode *inode = inode_find("boot/cmdline");
    *to = (struct cmdline){ .init = "bin/init", .seed = 0, .aslr = 1, .log = 1 };
    s32 length = inode ? inode_read(inode, 0, line, sizeof line - 1) : 0;
    if (length < 0)
        length = 0;
    line[length] = 0;
    for (char *word = line; *word;) {
        char *end = word;
        while ((u8)*end > ' ')
            end++;
        char *next = *end ? end + 1 : end;
        *end = 0;
        take_word(to, word);
        word = next;
    }
}
