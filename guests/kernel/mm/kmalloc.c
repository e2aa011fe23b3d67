/*
 * Slabs: a page cut into objects of one size (32, 64, ... 1024, and one of 2032). The first 16 bytes of the page say
 * which size, and hold the page in the list of those of its size that have free objects; a free object holds the address
 * of the next free one in its page. A page all of whose objects are free is given back, unless it is the last in its list.
 */
#include "kmalloc.h"
#include "../lib/string.h"
#include "../memlayout.h"
#include "frames.h"

#define CLASSES 7u

struct slab {
    struct slab *next, *previous;   /* with free objects, of the same size */
    void **free;
    u16 size_class, used;
};

_Static_assert(sizeof(struct slab) == 16, "struct slab: objects are 16-aligned after it");

static const u16 sizes[CLASSES] = { 32, 64, 128, 256, 512, 1024, 2032 };
static struct slab *with_room[CLASSES];

static void enter(struct slab *slab)
{
    struct slab **list = &with_room[slab->size_class];
    slab->previous = NULL;
    slab->next = *list;
    if (*list)
        (*list)->previous = slab;
    *list = slab;
}

static void leave(struct slab *slab)
{
    *(slab->previous ? &slab->previous->next : &with_room[slab->size_class]) = slab->next;
    if (slab->next)
        slab->next->previous = slab->previous;
}

static struct slab *slab_create(u32 size_class)
{
    u32 frame = frame_alloc();
    if (!frame)
        return NULL;
    struct slab *slab = to_virtual(frame);
    *slab = (struct slab){ .size_class = (u16)size_class };
    u32 size = sizes[size_class];
    for (u32 at = sizeof *slab; at + size <= PAGE_SIZE; at += size) {
        void **object = (void **)((u8 *)slab + at);
        *object = slab->free;
        slab->free = object;
    }
    enter(slab);
    return slab;
}

void *kmalloc(u32 size)
{
    u32 size_class = 0;
    while (size_class < CLASSES && sizes[size_class] < size)
        size_class++;
    if (size_class == CLASSES)
        return NULL;
    struct slab *slab = with_room[size_class];
    if (!slab && !(slab = slab_create(size_class)))
        return NULL;
    void **object = slab->free;
    slab->free = *object;
    slab->used++;
    if (!slab->free)
        leave(slab);
    return memset(object, 0, sizes[size_class]);
}

void kfree(void *object)
{
    if (!object)
        return;
    struct slab *slab = (struct slab *)page_down(object);
    if (!slab->free)
        enter(slab);
    *(void **)object = slab->free;
    slab->free = object;
    if (!--slab->used && (slab->next || slab->previous)) {
        leave(slab);
        frame_release(to_physical(slab));
    }
}
