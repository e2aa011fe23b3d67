/*
 * Loads a program by mapping it: each PT_LOAD becomes a file mapping (text shared with the page cache, data copied at
 * the first write) and, for what lies beyond the file's part, anonymous memory. No page is read before it is touched,
 * but the one where data ends and bss begins: its tail must be zeros.
 */
#include "elf.h"
#include "../errno.h"
#include "../fs/page_cache.h"
#include "../proc/task.h"
#include "../lib/format.h"
#include "../lib/string.h"
#include "../memlayout.h"
#include "../mm/kmalloc.h"
#include "../mm/user.h"
#include "../mm/vma.h"

#define MAX_HEADERS 56u   /* what one kmalloc() holds */

struct headers {
    struct elf_header file;
    struct program_header segment[MAX_HEADERS];
};

static const char *read_headers(struct inode *inode, struct headers *headers)
{
    const struct elf_header *file = &headers->file;
    if (inode_read(inode, 0, &headers->file, sizeof headers->file) != (s32)sizeof headers->file || memcmp(file->ident, "\177ELF", 4))
        return "not an ELF file";
    if (file->ident[4] != 1 || file->ident[5] != 1 || file->machine != EM_386)
        return "not a 32-bit i386 ELF file";
    if (file->type != ET_EXEC && file->type != ET_DYN)
        return "ELF, but not a program";
    if (file->phentsize != sizeof(struct program_header) || !file->phnum || file->phnum > MAX_HEADERS)
        return "no usable program headers";
    u32 size = file->phnum * sizeof(struct program_header);
    if (inode_read(inode, file->phoff, headers->segment, size) != (s32)size)
        return "program headers beyond the end of the file";
    return NULL;
}

static const char *check_segment(const struct program_header *s, u32 file_size, u32 bias)
{
    u32 start = s->vaddr + bias;
    if (s->memsz < s->filesz || s->filesz > file_size || s->offset > file_size - s->filesz)
        return "segment beyond the end of the file";
    if ((s->vaddr ^ s->offset) & ~PAGE_MASK)
        return "segment not aligned with its place in the file";
    if (start < MMAP_MINIMUM || start < s->vaddr || s->memsz > USER_END - PAGE_SIZE || start > USER_END - PAGE_SIZE - s->memsz)
        return "segment outside user space";
    return NULL;
}

static u32 prot_of(const struct program_header *s)
{
    return (s->flags & PF_R ? PROT_READ : 0) | (s->flags & PF_W ? PROT_WRITE : 0) | (s->flags & PF_X ? PROT_EXEC : 0);
}

static const char *add_region(const struct vma *region)
{
    if (vma_overlap(region->start, region->end))
        return "segments overlap";
    return vma_add(region) ? "out of memory" : NULL;
}

static const char *map_segment(struct inode *inode, const struct program_header *s, u32 bias)
{
    u32 start = s->vaddr + bias, file_end = start + s->filesz, end = start + s->memsz;
    const char *why = NULL;
    if (s->filesz) {
        struct vma file = { .start = page_down(start), .end = page_up(file_end), .prot = prot_of(s), .kind = VMA_FILE,
                            .offset = page_down(s->offset), .inode = inode };
        copy_string(file.name, current->mm->path, sizeof file.name);
        why = add_region(&file);
    }
    u32 zero_start = s->filesz ? page_up(file_end) : page_down(start);
    if (!why && page_up(end) > zero_start) {
        struct vma bss = { .start = zero_start, .end = page_up(end), .prot = prot_of(s), .kind = VMA_BSS };
        why = add_region(&bss);
    }
    if (!why && end > file_end && s->filesz && (s->flags & PF_W) && (file_end & ~PAGE_MASK)) {
        if (clear_user(file_end, page_up(file_end) - file_end))
            why = "cannot read its data segment";
    }
    return why;
}

static void note_bounds(const struct program_header *s, u32 bias)
{
    u32 start = s->vaddr + bias, file_end = start + s->filesz;
    if (s->flags & PF_X) {
        if (!current->mm->start_code)
            current->mm->start_code = start;
        current->mm->end_code = file_end;
    } else if (s->flags & PF_W) {
        if (!current->mm->start_data)
            current->mm->start_data = start;
        current->mm->end_data = file_end;
    }
}

static const char *map_segments(struct inode *inode, const struct headers *headers, u32 pie_base, struct image *image)
{
    const struct elf_header *file = &headers->file;
    const char *why = NULL;
    *image = (struct image){ .header_count = file->phnum };
    if (file->type == ET_DYN)
        image->bias = pie_base;
    image->entry = file->entry + image->bias;
    u32 loaded = 0;
    for (u32 i = 0; i < file->phnum; i++) {
        const struct program_header *s = &headers->segment[i];
        if (s->type == PT_INTERP)
            return "dynamically linked: build it with -static";
        if (s->type != PT_LOAD || !s->memsz)
            continue;
        why = check_segment(s, (u32)inode->size, image->bias);
        if (!why)
            why = map_segment(inode, s, image->bias);
        if (why)
            return why;
        loaded++;
        note_bounds(s, image->bias);
        if (file->phoff >= s->offset && file->phoff - s->offset < s->filesz)
            image->headers = s->vaddr + image->bias + (file->phoff - s->offset);
        if (page_up(s->vaddr + image->bias + s->memsz) > image->end)
            image->end = page_up(s->vaddr + image->bias + s->memsz);
    }
    return loaded ? NULL : "nothing to load";
}

const char *elf_map(struct inode *inode, u32 pie_base, struct image *image)
{
    struct headers *headers = kmalloc(sizeof *headers);
    const char *why = headers ? read_headers(inode, headers) : "out of memory";
    if (!why)
        why = map_segments(inode, headers, pie_base, image);
    kfree(headers);
    return why;
}
