/*
 * "#!" interpreter [argument]: one argument at most, blanks in it kept, the line at most 255 bytes. The interpreter may
 * be a script too, up to four deep; each puts its strings before those it found, whose first is the script's path.
 */
#include "script.h"
#include "../errno.h"
#include "../fs/dentry.h"
#include "../fs/page_cache.h"
#include "../lib/string.h"
#include "program_file.h"

#define LINE_MAX  256u
#define DEPTH_MAX 5u

/* Puts a string before the others. */
static s32 prepend(struct script *script, const char *string)
{
    u32 length = strlen(string) + 1;
    if (length > SCRIPT_ROOM - script->length)
        return -ENOEXEC;
    memmove(script->strings + length, script->strings, script->length);
    memcpy(script->strings, string, length);
    script->length += length;
    script->count++;
    return 0;
}

static char *skip_blanks(char *c)
{
    while (*c == ' ' || *c == '\t')
        c++;
    return c;
}

/* Cuts the line in two; NULL when it names no interpreter. */
static char *parse(char *line, char **argument)
{
    char *end = line;
    while (*end && *end != '\n')
        end++;
    *end = 0;
    while (end > line && (end[-1] == ' ' || end[-1] == '\t'))
        *--end = 0;
    char *interpreter = skip_blanks(line);
    char *blank = interpreter;
    while (*blank && *blank != ' ' && *blank != '\t')
        blank++;
    *argument = NULL;
    if (*blank) {
        *blank = 0;
        *argument = skip_blanks(blank + 1);
    }
    return *interpreter ? interpreter : NULL;
}

s32 script_follow(const char *path, struct dentry **program, struct script *script)
{
    char line[LINE_MAX], *argument;
    *script = (struct script){ .count = 0 };
    s32 error = program_open(path, program);
    for (u32 depth = 0; !error; depth++) {
        s32 length = inode_read((*program)->inode, 0, line, sizeof line - 1);
        if (length < 2 || line[0] != '#' || line[1] != '!')
            return length < 0 ? length : 0;
        line[length] = 0;
        const char *interpreter = parse(line + 2, &argument);
        if (!interpreter || depth == DEPTH_MAX)
            error = interpreter ? -ELOOP : -ENOEXEC;
        if (!error && !depth)
            error = prepend(script, path);
        if (!error && argument)
            error = prepend(script, argument);
        if (!error)
            error = prepend(script, interpreter);
        program_close(*program);
        if (!error)
            error = program_open(interpreter, program);
    }
    return error;
}
