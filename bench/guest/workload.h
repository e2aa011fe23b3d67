/*
 * What a workload is: a name for the command line, `prepare` (not timed), `run` (timed), which does its work `count`
 * times over and returns a checksum that depends on nothing but `count`. The same files compile for the guest and, with
 * NATIVE defined, for the host (native.c): the ones in the first group of workloads.c need no privilege.
 */
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
/* Called as written: gcc neither inlines nor clones it, and learns nothing of it. */
#define OPAQUE __attribute__((noipa))

struct workload {
    const char *name;
    void (*prepare)(void); /* may be null */
    u32 (*run)(u32 count);
};

extern const struct workload workloads[];
extern const u32 workload_count;

/* Memory for whichever workload runs; zero before `prepare`. */
#define ARENA_SIZE (2u << 20)
extern u8 arena[ARENA_SIZE];

/* Numerical Recipes' generator. Its low bits are poor, so 24 high ones come out. */
static inline u32 next_random(u32 *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* FNV-1a, by words. */
static inline u32 mix(u32 hash, u32 word)
{
    return (hash ^ word) * 16777619u;
}
