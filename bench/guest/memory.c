/*
 * Memory in three ways: a list in random order (each load needs the one before it; 16,384 nodes on 64 pages, 256 KiB), blocks
 * copied and filled by REP (16 bytes to 64 KiB, as bytes and as doublewords), and a next-fit malloc with merging.
 */
#include "workload.h"

#define NODES 16384
#define HALF (64u << 10)
#define SLOTS 256
#define OPERATIONS 1000

struct node {
    struct node *next;
    u32 value, unused[2];
};
#define nodes ((struct node *)arena)

void list_prepare(void)
{
    static u16 order[NODES];
    for (u32 i = 0; i < NODES; i++)
        order[i] = (u16)i;
    for (u32 i = NODES - 1, seed = 1; i > 0; i--) {
        u32 j = next_random(&seed) % (i + 1);
        u16 held = order[i];
        order[i] = order[j];
        order[j] = held;
    }
    for (u32 i = 0, seed = 2; i < NODES; i++) {
        nodes[order[i]].next = &nodes[order[(i + 1) % NODES]];
        nodes[order[i]].value = next_random(&seed);
    }
}

static OPAQUE u32 walk(const struct node *node, u32 steps)
{
    u32 sum = 0;
    for (; steps--; node = node->next)
        sum = (sum << 1 | sum >> 31) ^ node->value;
    return sum;
}

u32 list_run(u32 count)
{
    u32 sum = 0;
    while (count--)
        sum = mix(sum, walk(nodes, NODES));
    return sum;
}

#define REP(instruction, to, from, times) \
    do { \
        void *edi = (to); \
        const void *esi = (from); \
        u32 ecx = (times); \
        __asm__ volatile("rep " instruction : "+D"(edi), "+S"(esi), "+c"(ecx) : "a"(0x20202020) : "memory"); \
    } while (0)

u32 blocks_run(u32 count)
{
    u8 *low = arena, *high = arena + HALF;
    u32 sum = 0;
    while (count--) {
        REP("stosl", low, 0, HALF / 4);
        for (u32 size = 16; size <= HALF; size <<= 2) {
            low[size / 2] = (u8)(count + size);
            REP("movsb", high, low, size);
            REP("movsl", low, high, size / 4);
            REP("stosb", high, 0, size / 2);
        }
        for (u32 i = 0; i < 64; i++) {
            REP("movsl", high + 40 * i, low + 36 * i, 8);
            sum = mix(sum, high[40 * i + 8] + low[i << 4]);
        }
    }
    return sum;
}

/* A free block's header is in a ring ordered by address; sizes count headers. Kernighan and Ritchie, chapter 8.7. */
struct header {
    struct header *next;
    u32 size;
};
static struct header base, *rover;

static OPAQUE void *allocate(u32 bytes)
{
    u32 size = (bytes + sizeof(struct header) - 1) / sizeof(struct header) + 1;
    struct header *before = rover, *block = before->next;
    for (;; before = block, block = block->next) {
        if (block->size >= size) {
            if (block->size == size) {
                before->next = block->next;
            } else {
                block->size -= size;
                block += block->size;
                block->size = size;
            }
            rover = before;
            return block + 1;
        }
        if (block == rover)
            return 0;
    }
}

static OPAQUE void release(void *p)
{
    struct header *block = (struct header *)p - 1, *before = rover;
    while (!(block > before && block < before->next)) {
        if (before >= before->next && (block > before || block < before->next))
            break;
        before = before->next;
    }
    if (block + block->size == before->next) {
        block->size += before->next->size;
        block->next = before->next->next;
    } else {
        block->next = before->next;
    }
    if (before + before->size == block) {
        before->size += block->size;
        before->next = block->next;
    } else {
        before->next = block;
    }
    rover = before;
}

void malloc_prepare(void)
{
    struct header *all = (struct header *)arena;
    all->size = (256u << 10) / sizeof *all;
    all->next = &base;
    base = (struct header){all, 0};
    rover = &base;
}

u32 malloc_run(u32 count)
{
    static u32 *slots[SLOTS];
    u32 seed = 1, sum = 0;
    while (count--) {
        for (u32 i = 0; i < OPERATIONS; i++) {
            u32 r = next_random(&seed), **slot = &slots[r & (SLOTS - 1)];
            if (*slot) {
                sum = mix(sum, **slot);
                release(*slot);
                *slot = 0;
            } else if ((*slot = allocate(8 + (r >> 8 & (r & 0x100000 ? 0x3ff : 0x3f))))) {
                **slot = r;
            }
        }
    }
    return sum;
}
