/*
 * Random requests, growths and frees, with the bytes of every block checked each time it is touched. The hash covers
 * sizes and contents, not addresses, so it is the same under every kernel.
 */
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "test.h"

static uint32_t random_state;

static uint32_t random_below(uint32_t bound) { /* xorshift32, Marsaglia 2003 */
  random_state ^= random_state << 13;
  random_state ^= random_state >> 17;
  random_state ^= random_state << 5;
  return random_state % bound;
}

static size_t random_size(void) {
  switch (random_below(16)) {
    case 0: return random_below(300 * KIB);
    case 1:
    case 2: return random_below(20 * KIB);
    case 3:
    case 4: return random_below(2 * KIB);
    default: return random_below(200);
  }
}

#define SLOTS 400

static struct slot {
  unsigned char *block;
  size_t size;
  unsigned char seed;
} slots[SLOTS];

/* The bytes of a block: its ends in full, its middle in steps, so that 200,000 operations stay quick. */
static void paint(struct slot *slot) {
  for (size_t i = 0; i < slot->size; i += i < 32 || slot->size - i <= 32 ? 1 : 31) slot->block[i] = slot->seed + i;
  if (slot->size) slot->block[slot->size - 1] = slot->seed;
}

static int intact(const struct slot *slot, size_t size) {
  for (size_t i = 0; i < size; i += i < 32 || slot->size - i <= 32 ? 1 : 31) {
    unsigned char expected = i == slot->size - 1 ? slot->seed : (unsigned char)(slot->seed + i);
    if (slot->block[i] != expected) return 0;
  }
  return 1;
}

static int step(struct slot *slot, uint32_t *hash) {
  if (slot->block && !intact(slot, slot->size)) return 0;
  *hash = (*hash ^ slot->size ^ slot->seed) * 16777619; /* FNV-1a's prime */
  if (slot->block && random_below(4) == 0) {
    size_t size = random_size() + 1, kept = size < slot->size ? size : slot->size;
    slot->block = realloc(slot->block, size);
    if (!slot->block || !intact(slot, kept)) return 0;
    slot->size = size;
  } else if (slot->block) {
    free(slot->block);
    *slot = (struct slot){0};
    return 1;
  } else {
    slot->size = random_size();
    int aligned = random_below(8) == 0;
    slot->block = aligned ? memalign(64, slot->size) : malloc(slot->size);
    if (!slot->block || (uintptr_t)slot->block % (aligned ? 64 : 16)) return 0;
  }
  slot->seed = random_below(256);
  paint(slot);
  return 1;
}

void test_stress(uint32_t seed, int operations) {
  random_state = seed;
  uint32_t hash = 2166136261U;
  int good = 1;
  for (int i = 0; i < operations && good; i++) good = step(&slots[random_below(SLOTS)], &hash);
  for (int i = 0; i < SLOTS && good; i++) {
    good = intact(&slots[i], slots[i].block ? slots[i].size : 0);
    free(slots[i].block);
    slots[i] = (struct slot){0};
  }
  check(good, "every byte survived");
  printf("# seed %u, %d operations, hash %08x\n", seed, operations, hash);
}
