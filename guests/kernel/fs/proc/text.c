/*
 * Files of text are made whole when they are read from the beginning, and kept while the file is open: so that what is
 * read in parts fits together. At most TEXT_PAGES pages; a longer one ends there.
 */
#include "../../errno.h"
#include "../../lib/format.h"
#include "../../lib/string.h"
#include "../../memlayout.h"
#include "../../mm/frames.h"
#include "../../mm/kmalloc.h"
#include "../file.h"
#include "internal.h"

#define TEXT_PAGES 500u

struct text {
    u32 length;
    u32 frames[TEXT_PAGES];
};

_Static_assert(sizeof(struct text) <= KMALLOC_MAX, "struct text: one object");

void text_bytes(struct text *text, const void *bytes, u32 count)
{
    while (count) {
        u32 page = text->length / PAGE_SIZE, at = text->length % PAGE_SIZE, part = PAGE_SIZE - at;
        if (page == TEXT_PAGES)
            return;
        if (!text->frames[page] && !(text->frames[page] = frame_alloc()))
            return;
        if (part > count)
            part = count;
        memcpy((u8 *)to_virtual(text->frames[page]) + at, bytes, part);
        text->length += part;
        bytes = (const u8 *)bytes + part;
        count -= part;
    }
}

void text_add(struct text *text, const char *form, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, form);
    text_bytes(text, line, format_arguments(line, sizeof line, form, arguments));
    va_end(arguments);
}

u32 text_length(const struct text *text)
{
    return text->length;
}

void text_pad(struct text *text, u32 start, u32 column)
{
    while (text->length - start < column)
        text_bytes(text, " ", 1);
}

static void free_text(struct text *text)
{
    for (u32 i = 0; text && i < TEXT_PAGES && text->frames[i]; i++)
        frame_release(text->frames[i]);
    kfree(text);
}

static s32 make(struct file *file)
{
    const struct node *node = node_of(file->inode);
    u32 pid = pid_of(file->inode);
    struct process *process = pid ? process_find(pid) : NULL;
    free_text(file->data);
    file->data = NULL;
    if (pid && !process)
        return -ESRCH;
    file->data = kmalloc(sizeof(struct text));
    return file->data ? node->show(file->data, process) : -ENOMEM;
}

static s32 read(struct file *file, struct io *io, u64 *position)
{
    s32 error = !*position || !file->data ? make(file) : 0;
    if (error)
        return error;
    const struct text *text = file->data;
    while (io->left && *position < text->length) {
        u32 at = (u32)*position % PAGE_SIZE, part = PAGE_SIZE - at;
        if (part > text->length - *position)
            part = text->length - (u32)*position;
        s32 moved = io_put(io, (u8 *)to_virtual(text->frames[(u32)*position / PAGE_SIZE]) + at, part);
        if (moved <= 0)
            return io->done ? (s32)io->done : moved;
        *position += (u32)moved;
    }
    return (s32)io->done;
}

static void close(struct file *file)
{
    free_text(file->data);
}

const struct file_operations text_operations = { .read = read, .close = close };
