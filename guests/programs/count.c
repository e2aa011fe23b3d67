/*
 * Work for the processor, without system calls: a sieve, integer matrices, a CRC. `count [rounds]`; the result depends
 * on nothing but the rounds, so any two machines must agree on it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIEVE 100000
#define SIDE 64

static unsigned char composite[SIEVE];
static uint32_t a[SIDE][SIDE], b[SIDE][SIDE], product[SIDE][SIDE];

static unsigned count_primes(void) {
  unsigned primes = 0;
  memset(composite, 0, sizeof composite);
  for (unsigned n = 2; n < SIEVE; n++) {
    if (composite[n]) continue;
    primes++;
    for (unsigned multiple = 2 * n; multiple < SIEVE; multiple += n) composite[multiple] = 1;
  }
  return primes;
}

static void multiply(uint32_t seed) {
  for (int i = 0; i < SIDE; i++) {
    for (int j = 0; j < SIDE; j++) {
      a[i][j] = seed = seed * 1664525 + 1013904223;
      b[i][j] = seed = seed * 1664525 + 1013904223;
    }
  }
  for (int i = 0; i < SIDE; i++) {
    for (int j = 0; j < SIDE; j++) {
      uint32_t sum = 0;
      for (int k = 0; k < SIDE; k++) sum += a[i][k] * b[k][j];
      product[i][j] = sum;
    }
  }
}

/* CRC-32 of IEEE 802.3, reflected, bit by bit: long chains of shifts and branches. */
static uint32_t crc32(uint32_t crc, const void *block, size_t length) {
  const unsigned char *p = block;
  crc = ~crc;
  while (length--) {
    crc ^= *p++;
    for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
  }
  return ~crc;
}

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 1;
  uint32_t crc = 0;
  unsigned primes = 0;
  for (int round = 0; round < rounds; round++) {
    primes = count_primes();
    multiply(crc + round);
    crc = crc32(crc, product, sizeof product);
  }
  printf("%d rounds, %u primes below %d, crc %08x\n", rounds, primes, SIEVE, crc);
  return 0;
}
