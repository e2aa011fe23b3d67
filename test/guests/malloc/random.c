/*
 * Allocates, grows, shrinks and frees blocks at random, and checks what they hold: a sum that depends on the seed and the count alone, whatever the
 * allocator. random [operations] [seed]
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS 4096u

static struct block {
    unsigned char *bytes;
    uint32_t size, mark;
} blocks[BLOCKS];
static uint32_t state, sum;

static uint32_t next(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

/* Mostly small, now and then such as are mapped. */
static uint32_t any_size(void)
{
    uint32_t kind = next() % 256;
    return kind < 200 ? next() % 256 : kind < 250 ? next() % 4096 : kind < 255 ? next() % 65536 : next() % 400000;
}

/* The ends and the middle say what the whole would. */
static void mark(struct block *block)
{
    block->mark = next();
    for (uint32_t at = 0; at < block->size; at += block->size < 64 ? 1 : block->size / 16)
        block->bytes[at] = (unsigned char)(block->mark + at);
    if (block->size)
        block->bytes[block->size - 1] = (unsigned char)block->mark;
}

static void look(const struct block *block, uint32_t size)
{
    for (uint32_t at = 0; at < size; at += block->size < 64 ? 1 : block->size / 16)
        if (at != block->size - 1 && block->bytes[at] != (unsigned char)(block->mark + at))
            printf("byte %u of %u is not what it was\n", (unsigned)at, (unsigned)block->size);
    sum = (sum ^ block->mark ^ block->size) * 16777619u;
}

int main(int argc, char **argv)
{
    uint32_t count = argc > 1 ? (uint32_t)atoi(argv[1]) : 1000000;
    state = argc > 2 ? (uint32_t)atoi(argv[2]) : 1;
    for (uint32_t i = 0; i < count; i++) {
        struct block *block = &blocks[next() % BLOCKS];
        uint32_t size = any_size(), way = next() % 8;
        if (!block->bytes) {
            block->bytes = way == 0 ? calloc(1, size + 1) : malloc(size + 1);
            if (way == 0)
                for (uint32_t at = 0; at <= size; at++)
                    sum += block->bytes[at];
        } else if (way < 3) {
            look(block, block->size);
            free(block->bytes);
            block->bytes = NULL;
            continue;
        } else {
            look(block, block->size);
            uint32_t kept = size < block->size ? size : block->size;
            unsigned char *moved = realloc(block->bytes, size + 1);
            block->bytes = moved;
            look(block, kept);
        }
        if (!block->bytes) {
            printf("no memory for %u bytes\n", (unsigned)size + 1);
            return 1;
        }
        block->size = size;
        mark(block);
    }
    for (uint32_t i = 0; i < BLOCKS; i++)
        if (blocks[i].bytes) {
            look(&blocks[i], blocks[i].size);
            free(blocks[i].bytes);
        }
    printf("%u operations, sum %08x\n", (unsigned)count, (unsigned)sum);
    return 0;
}
