/* Parses boot/cmdline (docs/platform.md). Unknown words are left alone. */
#include "cmdline.h"
#include "../fs/dentry.h"
#include "../fs/page_cache.h"
#include "../fs/walk.h"
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
    else if (!strncmp(word, "rows=", 5))
        to->rows = decimal(word + 5);
    else if (!strncmp(word, "columns=", 8))
        to->columns = decimal(word + 8);
    else if (!strncmp(word, "stdin=", 6)) {
        to->stdin_is_file = 1;
        to->stdin_position = decimal(word + 6);
    } else if (!strncmp(word, "terminals=", 10))
        for (const char *digit = word + 10; *digit >= '0' && *digit <= '2'; digit++)
            to->terminals |= 1u << (*digit - '0');
}

void cmdline_read(struct cmdline *to)
{
    static char line[1024];
    struct dentry *file = path_find("/boot/cmdline");
    *to = (struct cmdline){ .init = "bin/init", .seed = 0, .aslr = 1, .log = 1, .rows = 24, .columns = 80 };
    s32 length = file ? inode_read(file->inode, 0, line, sizeof line - 1) : 0;
    if (file)
        dentry_release(file);
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
