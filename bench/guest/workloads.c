/* The workloads by name; bench/workloads.ts has their counts. Those after the #ifndef need a bare machine. */
#include "workload.h"

u8 arena[ARENA_SIZE] __attribute__((aligned(4096)));

void hash_prepare(void), strings_prepare(void), objects_prepare(void), list_prepare(void), malloc_prepare(void);
void matrix_prepare_x87(void), nbody_prepare_x87(void), dot_prepare_x87(void);
void matrix_prepare_sse2(void), nbody_prepare_sse2(void), dot_prepare_sse2(void);
void cr3_prepare(void), segment16_prepare(void);

u32 sieve_run(u32), quicksort_run(u32), fib_run(u32), sha256_run(u32), crc32_run(u32), bytecode_run(u32), wide_run(u32);
u32 strings_run(u32), objects_run(u32), spread_run(u32), list_run(u32), blocks_run(u32), malloc_run(u32);
u32 matrix_run_x87(u32), nbody_run_x87(u32), dot_run_x87(u32), matrix_run_sse2(u32), nbody_run_sse2(u32), dot_run_sse2(u32);
u32 smc_run(u32), beside_run(u32);
u32 int80_run(u32), fault_run(u32), cr3_run(u32), port_run(u32), screen_run(u32), segment16_run(u32);

const struct workload workloads[] = {
    {"sieve", 0, sieve_run},
    {"sha256", hash_prepare, sha256_run},
    {"crc32", hash_prepare, crc32_run},
    {"quicksort", 0, quicksort_run},
    {"fib", 0, fib_run},
    {"bytecode", 0, bytecode_run},
    {"wide", 0, wide_run},
    {"strings", strings_prepare, strings_run},
    {"objects", objects_prepare, objects_run},
    {"spread", 0, spread_run},
    {"list", list_prepare, list_run},
    {"blocks", 0, blocks_run},
    {"malloc", malloc_prepare, malloc_run},
    {"matrix-x87", matrix_prepare_x87, matrix_run_x87},
    {"nbody-x87", nbody_prepare_x87, nbody_run_x87},
    {"dot-x87", dot_prepare_x87, dot_run_x87},
    {"matrix-sse2", matrix_prepare_sse2, matrix_run_sse2},
    {"nbody-sse2", nbody_prepare_sse2, nbody_run_sse2},
    {"dot-sse2", dot_prepare_sse2, dot_run_sse2},
    {"smc", 0, smc_run},
    {"beside", 0, beside_run},
#ifndef NATIVE
    {"int80", 0, int80_run},
    {"fault", 0, fault_run},
    {"cr3", cr3_prepare, cr3_run},
    {"port", 0, port_run},
    {"screen", 0, screen_run},
    {"segment16", segment16_prepare, segment16_run},
#endif
};
const u32 workload_count = COUNT(workloads);
