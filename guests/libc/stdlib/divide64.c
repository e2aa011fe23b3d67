/*
 * The 64-bit divisions that gcc calls by name on i386, so that programs need no libgcc.
 * DIV takes 64 bits by 32: a divisor that fits goes word by word as in long division on paper. A larger one is first
 * shifted right, with the dividend, until it fits; that quotient is at most one too large (Knuth 4.3.1), and is mended.
 */
#include <stdint.h>

static uint32_t divide_step(uint32_t high, uint32_t low, uint32_t divisor, uint32_t *remainder) {
  uint32_t quotient;
  __asm__("divl %4" : "=a"(quotient), "=d"(*remainder) : "a"(low), "d"(high), "rm"(divisor));
  return quotient;
}

uint64_t __udivmoddi4(uint64_t n, uint64_t d, uint64_t *remainder) {
  uint32_t rest;
  if (d >> 32 == 0) {
    uint32_t divisor = d;
    uint32_t high = divide_step(0, n >> 32, divisor, &rest); /* divisor 0 faults here, as the processor would */
    uint32_t low = divide_step(rest, n, divisor, &rest);
    *remainder = rest;
    return (uint64_t)high << 32 | low;
  }
  int shift = 32 - __builtin_clz(d >> 32); /* 1 to 32 */
  uint32_t divisor = d >> shift;
  uint64_t halved = n >> 1; /* the top bit of the divisor is set, so the quotient of this fits 32 bits */
  uint64_t quotient = divide_step(halved >> 32, halved, divisor, &rest) >> (shift - 1);
  if (quotient) quotient--; /* now exact or one too small; never so large that quotient * d overflows */
  if (n - quotient * d >= d) quotient++;
  *remainder = n - quotient * d;
  return quotient;
}

uint64_t __udivdi3(uint64_t n, uint64_t d) {
  uint64_t remainder;
  return __udivmoddi4(n, d, &remainder);
}

uint64_t __umoddi3(uint64_t n, uint64_t d) {
  uint64_t remainder;
  __udivmoddi4(n, d, &remainder);
  return remainder;
}

static uint64_t magnitude(int64_t n) {
  return n < 0 ? -(uint64_t)n : (uint64_t)n;
}

int64_t __divmoddi4(int64_t n, int64_t d, int64_t *remainder) {
  uint64_t rest;
  uint64_t quotient = __udivmoddi4(magnitude(n), magnitude(d), &rest);
  *remainder = n < 0 ? -rest : rest; /* C's remainder has the sign of the dividend */
  return (n < 0) != (d < 0) ? -quotient : quotient;
}

int64_t __divdi3(int64_t n, int64_t d) {
  int64_t remainder;
  return __divmoddi4(n, d, &remainder);
}

int64_t __moddi3(int64_t n, int64_t d) {
  int64_t remainder;
  __divmoddi4(n, d, &remainder);
  return remainder;
}
