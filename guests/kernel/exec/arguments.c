/* Strings gathered in pages of their own: the memory they came from is gone before the memory they go to is there. */
#include "arguments.h"
#include "../errno.h"
#include "../fs/page_cache.h"
#include "../lib/string.h"
#include "../memlayout.h"
#include "../mm/frames.h"
#include "../mm/kmalloc.h"
#include "../mm/user.h"

#define STRING_STEP 128u   /* most strings are short: what lies behind them is not copied in vain */

struct arguments *arguments_create(void)
{
    return kmalloc(sizeof(struct arguments));
}

void arguments_free(struct arguments *arguments)
{
    for (u32 i = 0; i < ARGUMENT_PAGES && arguments->frame[i]; i++)
        frame_release(arguments->frame[i]);
    kfree(arguments);
}

/* Room up to the end of the page that the next byte goes to; NULL: no room, and why in *error. */
static u8 *room(struct arguments *arguments, u32 *count, s32 *error)
{
    u32 page = arguments->length / PAGE_SIZE, at = arguments->length % PAGE_SIZE;
    *error = page < ARGUMENT_PAGES ? 0 : -E2BIG;
    if (!*error && !arguments->frame[page] && !(arguments->frame[page] = frame_alloc()))
        *error = -ENOMEM;
    *count = PAGE_SIZE - at;
    return *error ? NULL : (u8 *)to_virtual(arguments->frame[page]) + at;
}

s32 arguments_add(struct arguments *arguments, const char *string)
{
    for (u32 left = strlen(string) + 1; left;) {
        u32 part;
        s32 error;
        u8 *to = room(arguments, &part, &error);
        if (!to)
            return error;
        if (part > left)
            part = left;
        memcpy(to, string, part);
        string += part;
        arguments->length += part;
        left -= part;
    }
    return 0;
}

static s32 add_from_user(struct arguments *arguments, u32 string)
{
    for (;;) {
        u32 part;
        s32 error;
        u8 *to = room(arguments, &part, &error);
        if (!to)
            return error;
        if (part > PAGE_SIZE - string % PAGE_SIZE)   /* a page at a time: the next one need not be there */
            part = PAGE_SIZE - string % PAGE_SIZE;
        if (part > STRING_STEP)
            part = STRING_STEP;
        if (copy_from_user(to, string, part))
            return -EFAULT;
        for (u32 i = 0; i < part; i++)
            if (!to[i]) {
                arguments->length += i + 1;
                return 0;
            }
        arguments->length += part;
        string += part;
    }
}

s32 arguments_add_array(struct arguments *arguments, u32 array, u32 skip, u32 *count)
{
    *count = 0;
    for (u32 i = 0; array; i++) {
        u32 string;
        if (copy_from_user(&string, array + 4 * i, 4))
            return -EFAULT;
        if (!string)
            break;
        if (i < skip)
            continue;
        s32 error = add_from_user(arguments, string);
        if (error)
            return error;
        ++*count;
    }
    return 0;
}

s32 arguments_add_file(struct arguments *arguments, struct inode *inode, u32 *count)
{
    u8 last = 0;
    *count = 0;
    for (u32 at = 0; inode && at < inode->size;) {
        u32 part;
        s32 error;
        u8 *to = room(arguments, &part, &error);
        if (!to)
            return error;
        if (part > inode->size - at)
            part = (u32)inode->size - at;
        s32 got = inode_read(inode, at, to, part);
        if (got <= 0)
            return got < 0 ? got : -EIO;
        for (s32 i = 0; i < got; i++)
            *count += !to[i];
        last = to[got - 1];
        at += (u32)got;
        arguments->length += (u32)got;
    }
    if (!last)
        return 0;
    ++*count;
    return arguments_add(arguments, "");   /* the NUL it lacks */
}

s32 arguments_copy(const struct arguments *arguments, u32 to)
{
    for (u32 at = 0; at < arguments->length; at += PAGE_SIZE) {
        u32 part = arguments->length - at < PAGE_SIZE ? arguments->length - at : PAGE_SIZE;
        if (copy_to_user(to + at, to_virtual(arguments->frame[at / PAGE_SIZE]), part))
            return -EFAULT;
    }
    return 0;
}

u32 arguments_string_length(const struct arguments *arguments, u32 offset)
{
    u32 at = offset;
    while (((const u8 *)to_virtual(arguments->frame[at / PAGE_SIZE]))[at % PAGE_SIZE])
        at++;
    return at + 1 - offset;
}
