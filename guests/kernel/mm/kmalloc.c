/*
 * Slabs: a page cut into objects of one size (32, 64, ... 1024, and one of 2032). The first 16 bytes of the page say
 * which size; a free object holds the address of the next free one of its size. Pages are not given back: the kernel's
 * needs are small and the sizes recur.
 */
#include "kmalloc.h"
#include "../lib/string.h"
#include "../memlayout.h"
#include "frames.h"

#define CLASSES 7u

struct slab {
    u32 size_class;
    u32 unused[3];
};

static const u16 sizes[CLASSES] = { 32, 64, 128, 256, 512, 1024, 2032 };
static void **free_objects[CLASSES];

static int grow(u32 size_class)
{
    u32 frame = frame_alloc();
    if (!frame)
        return 0;
    struct slab *slab = to_virtual(frame);
    slab->size_class = size_class;
    u32 size = sizes[size_class];
    for (u32 at = sizeof *slab; at + size <= PAGE_SIZE; at += size) {
        void **object = (void **)((u8 *)slab + at);
        *object = free_objects[size_class];
        free_objects[size_class] = object;
    }
    return 1;
}

void *kmalloc(u32 size)
{
    u32 size_class = 0;
    while (size_class < CLASSES && sizes[size_class] < size)
        size_class++;
    if (size_class == CLASSES || (!free_objects[size_class] && !grow(size_class)))
        return NULL;
    void **object = free_objects[size_class];
    free_objects[size_class] = *object;
    return memset(object, 0, sizes[size_class]);
}

void kfree(void *object)
{
    if (!object)
        return;
    u32 size_class = ((struct slab *)page_down(object))->size_class;
    *(void **)object = free_objects[size_class];
    free_objects[size_class] = object;
}
