/*
 * The classics: a sieve of 100,000 numbers (byte stores with growing strides), quicksort of 20,000 numbers (branches
 * that cannot be predicted, recursion), and Fibonacci by recursion (calls and returns, nothing else).
 */
#include "workload.h"

#define NUMBERS 100000
#define ITEMS 20000
#define FIB_OF 22

static OPAQUE u32 count_primes(u8 *composite)
{
    for (u32 n = 0; n < NUMBERS; n++)
        composite[n] = 0;
    u32 primes = 0;
    for (u32 n = 2; n < NUMBERS; n++) {
        if (composite[n])
            continue;
        primes++;
        for (u32 multiple = 2 * n; multiple < NUMBERS; multiple += n)
            composite[multiple] = 1;
    }
    return primes;
}

u32 sieve_run(u32 count)
{
    u32 sum = 0;
    while (count--)
        sum = mix(sum, count_primes(arena));
    return sum;
}

/* Hoare's partition; the smaller part by recursion, the larger by the loop. */
static OPAQUE void quicksort(s32 *a, s32 low, s32 high)
{
    while (low < high) {
        s32 pivot = a[(low + high) >> 1], i = low, j = high;
        while (i <= j) {
            while (a[i] < pivot)
                i++;
            while (a[j] > pivot)
                j--;
            if (i <= j) {
                s32 held = a[i];
                a[i++] = a[j];
                a[j--] = held;
            }
        }
        if (j - low < high - i) {
            quicksort(a, low, j);
            low = i;
        } else {
            quicksort(a, i, high);
            high = j;
        }
    }
}

u32 quicksort_run(u32 count)
{
    s32 *a = (s32 *)arena;
    u32 seed = 1, sum = 0;
    while (count--) {
        for (u32 i = 0; i < ITEMS; i++)
            a[i] = (s32)next_random(&seed) - (1 << 23);
        quicksort(a, 0, ITEMS - 1);
        for (u32 i = 0; i < ITEMS; i += ITEMS / 8)
            sum = mix(sum, (u32)a[i]);
    }
    return sum;
}

static OPAQUE u32 fib(u32 n)
{
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

u32 fib_run(u32 count)
{
    u32 sum = 0;
    while (count--)
        sum = mix(sum, fib(FIB_OF));
    return sum;
}
