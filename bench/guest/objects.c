/*
 * Calls through tables of functions, as C++ compiles virtual ones: 1,024 objects of four classes in random order, three
 * methods each, one of which calls another. An indirect call goes to a different place each time.
 */
#include "workload.h"

#define OBJECTS 1024

struct shape;
struct methods {
    u32 (*area)(const struct shape *);
    void (*grow)(struct shape *, u32 by);
    u32 (*weight)(const struct shape *, u32 density);
};
struct shape {
    const struct methods *methods;
    u32 width, height;
};

#define shapes ((struct shape *)arena)

static u32 box_area(const struct shape *s) { return s->width * s->height; }
static u32 triangle_area(const struct shape *s) { return s->width * s->height >> 1; }
static u32 ring_area(const struct shape *s) { return s->width * s->width - s->height * s->height; }
static u32 point_area(const struct shape *s) { return s->width & 0; }

static void grow_both(struct shape *s, u32 by)
{
    s->width += by;
    s->height += by;
}
static void grow_height(struct shape *s, u32 by) { s->height = (s->height + by) & 0xffff; }
static void grow_none(struct shape *s, u32 by) { s->width ^= by; }

static u32 plain_weight(const struct shape *s, u32 density) { return s->methods->area(s) * density; }
static u32 heavy_weight(const struct shape *s, u32 density) { return s->methods->area(s) * (density + 3) + s->width; }

static const struct methods classes[] = {
    {box_area, grow_both, plain_weight},
    {triangle_area, grow_height, heavy_weight},
    {ring_area, grow_both, heavy_weight},
    {point_area, grow_none, plain_weight},
};

void objects_prepare(void)
{
    for (u32 i = 0, seed = 1; i < OBJECTS; i++)
        shapes[i] = (struct shape){&classes[next_random(&seed) >> 20 & 3], i & 63, i >> 5};
}

u32 objects_run(u32 count)
{
    u32 sum = 0;
    while (count--) {
        for (u32 i = 0; i < OBJECTS; i++) {
            struct shape *s = &shapes[i];
            s->methods->grow(s, i & 7);
            sum += s->methods->weight(s, count & 15);
        }
    }
    return sum;
}
