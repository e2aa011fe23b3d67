/**
 * Operands that arithmetic is likely to get wrong, for functions against services (functions.test.ts): results that are exact, lie half-way, or next to that, in
 * each precision; sums that cancel; quotients and roots with nearly nothing left.
 */
import type { Random } from '../cpu/rig.ts';

export interface Value {
  readonly top: number;
  readonly significand: bigint;
}

const BIAS = 0x3fff;
const INTEGER_BIT = 1n << 63n;
const MASK = (1n << 64n) - 1n;

const word64 = (random: Random): bigint => (BigInt(random.word()) << 32n) | BigInt(random.word());

/** With as many significant bits as in programs: few, 24, 53, 64. */
function significand(random: Random): bigint {
  const bits = random.pick([1, 8, 24, 24, 53, 53, 53, 64, 64, 64]);
  const value = word64(random) | INTEGER_BIT;
  return (value >> BigInt(64 - bits)) << BigInt(64 - bits);
}

function near(random: Random, value: bigint): bigint {
  return (value + BigInt(random.below(5) - 2)) & MASK;
}

function exponent(random: Random): number {
  const wide = random.below(8);
  if (wide === 0) return 1 + random.below(0x7ffe);
  if (wide === 1) return random.pick([1, 2, 64, 0x7ffe, 0x7ffd, 0x7fbe]);
  return BIAS + random.below(140) - 70;
}

const sign = (random: Random): number => random.below(2) << 15;
const normal = (random: Random): Value => ({
  top: sign(random) | exponent(random),
  significand: significand(random) | INTEGER_BIT,
});

/** Below the last place of a precision: half, next to it, nothing. */
function tail(random: Random): bigint {
  const bits = BigInt(random.pick([1, 11, 40]));
  const half = 1n << (bits - 1n);
  return random.pick([half, half - 1n, half + 1n, 0n, 1n, half * 2n - 1n]);
}

type Pair = readonly [Value, Value];

const Kinds: readonly ((random: Random) => Pair)[] = [
  random => [normal(random), normal(random)],
  // Zeros of both signs.
  random => {
    const zero = { top: sign(random), significand: 0n };
    return random.pick([
      [zero, normal(random)],
      [normal(random), zero],
      [zero, { top: sign(random), significand: 0n }],
    ]);
  },
  // Near each other: cancellation.
  random => {
    const a = normal(random);
    const top = (a.top + random.pick([0, 0, 0, 1, -1])) ^ (random.below(2) << 15);
    return [a, { top: top & 0xffff, significand: near(random, a.significand) | INTEGER_BIT }];
  },
  // The smaller one ends where a precision does.
  random => {
    const a = normal(random);
    const distance = random.pick([0, 1, 2, 10, 11, 12, 39, 40, 41, 62, 63, 64, 65, 66, 127, 128, 129]);
    const low = INTEGER_BIT | (random.below(2) === 0 ? 0n : word64(random)) | tail(random);
    return [a, { top: (((a.top & 0x7fff) - distance) & 0x7fff) | sign(random), significand: low }];
  },
  // Significands with a tail, against small ones.
  random => {
    const high = (significand(random) >> 40n) << 40n;
    return [
      { ...normal(random), significand: high | INTEGER_BIT | tail(random) },
      { ...normal(random), significand: INTEGER_BIT },
    ];
  },
  // A multiple of the other, or next to one: quotients exact or nearly, half-way or nearly.
  random => {
    const b = normal(random);
    const quotient = BigInt((random.word() | 1) >>> 0) * random.pick([1n, 2n, 1n << 9n]) + tail(random);
    let product = (b.significand >> 32n) * quotient;
    while (product < INTEGER_BIT) product <<= 1n;
    while (product > MASK) product >>= 1n;
    return [{ ...normal(random), significand: near(random, product) | INTEGER_BIT }, b];
  },
  // Squares, or next to one.
  random => {
    const root = BigInt(random.word()) | (1n << 31n) | 1n;
    let square = root * root;
    while (square < INTEGER_BIT) square <<= 1n;
    return [{ top: exponent(random), significand: near(random, square) | INTEGER_BIT }, normal(random)];
  },
  // About integers and half integers of each size.
  random => {
    const bits = random.pick([0, 1, 14, 15, 16, 30, 31, 32, 52, 53, 61, 62, 63]);
    const value = INTEGER_BIT | (random.below(2) === 0 ? 0n : word64(random));
    const edge = bits === 63 ? value : ((value >> BigInt(63 - bits)) << BigInt(63 - bits)) | (1n << BigInt(62 - bits));
    return [
      { top: sign(random) | (BIAS + bits - random.below(2)), significand: near(random, edge) | INTEGER_BIT },
      normal(random),
    ];
  },
  // Small scale factors.
  random => [
    normal(random),
    { top: sign(random) | (BIAS + random.below(16)), significand: significand(random) | INTEGER_BIT },
  ],
];

export function anyPair(random: Random): Pair {
  return random.pick(Kinds)(random);
}
