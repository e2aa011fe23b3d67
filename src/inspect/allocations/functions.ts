/**
 * The allocator of a program, by the names of its symbols: what glibc, musl and our libc call these functions, aliases included. C++'s new and
 * delete call them in their turn. Source: ISO C 7.22.3, POSIX, malloc(3), memalign(3).
 */
import type { Symbols } from '../../loaders/symbols.ts';

export const AllocatorNames = [
  'malloc',
  'calloc',
  'realloc',
  'reallocarray',
  'free',
  'posix_memalign',
  'aligned_alloc',
  'memalign',
  'valloc',
  'pvalloc',
] as const;
export type AllocatorName = (typeof AllocatorNames)[number];

export interface AllocatorFunction {
  readonly name: AllocatorName;
  readonly linear: number;
}

/** How many arguments are read from the stack. */
export const ArgumentCounts: Readonly<Record<AllocatorName, number>> = {
  malloc: 1,
  calloc: 2,
  realloc: 2,
  reallocarray: 3,
  free: 1,
  posix_memalign: 3,
  aligned_alloc: 2,
  memalign: 2,
  valloc: 1,
  pvalloc: 1,
};

/** Bytes asked for; undefined for free. More than 2^32 - 1 when a product does not fit. */
export function requested(name: AllocatorName, values: readonly number[]): number | undefined {
  const [a = 0, b = 0, c = 0] = values;
  switch (name) {
    case 'malloc':
    case 'valloc':
    case 'pvalloc':
      return a;
    case 'calloc':
      return a * b;
    case 'realloc':
    case 'aligned_alloc':
    case 'memalign':
      return b;
    case 'reallocarray':
      return b * c;
    case 'posix_memalign':
      return c;
    case 'free':
      return undefined;
  }
}

/** What stands before the name in an alias. */
const PREFIXES = ['', '__libc_', '__'];
const ALIASES: Readonly<Record<string, AllocatorName>> = { cfree: 'free', __posix_memalign: 'posix_memalign' };

/** The functions a program has; where several names lead to one place it counts once. */
export function findAllocator(symbols: Symbols): AllocatorFunction[] {
  const found = new Map<number, AllocatorFunction>();
  const candidates: [string, AllocatorName][] = [
    // The plain names first, so that an alias does not give its name.
    ...PREFIXES.flatMap(prefix => AllocatorNames.map((name): [string, AllocatorName] => [`${prefix}${name}`, name])),
    ...Object.entries(ALIASES),
  ];
  for (const [symbol, name] of candidates) {
    const linear = symbols.functionAddress(symbol);
    if (linear !== undefined && !found.has(linear)) found.set(linear, { name, linear });
  }
  return [...found.values()];
}
