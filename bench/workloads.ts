/**
 * The list of workloads. `count` repetitions take QEMU's TCG a quarter of a second or so; their code is in bench/guest, under the same names.
 * `native` ones also run on the host, from the same sources.
 */
export type Family = 'integer' | 'memory' | 'x87' | 'sse' | 'system';

export interface Workload {
  readonly name: string;
  readonly family: Family;
  readonly count: number;
  readonly native: boolean;
}

const rows: readonly (readonly [string, Family, number, 'native' | 'guest'])[] = [
  ['sieve', 'integer', 200, 'native'],
  ['sha256', 'integer', 500, 'native'],
  ['crc32', 'integer', 1000, 'native'],
  ['quicksort', 'integer', 40, 'native'],
  ['fib', 'integer', 300, 'native'],
  ['bytecode', 'integer', 100, 'native'],
  ['wide', 'integer', 500, 'native'],
  ['strings', 'integer', 300, 'native'],
  ['objects', 'integer', 1000, 'native'],
  ['spread', 'integer', 350, 'native'],
  ['list', 'memory', 1000, 'native'],
  ['blocks', 'memory', 1000, 'native'],
  ['malloc', 'memory', 300, 'native'],
  ['matrix-x87', 'x87', 50, 'native'],
  ['nbody-x87', 'x87', 5000, 'native'],
  ['dot-x87', 'x87', 1000, 'native'],
  ['matrix-sse2', 'sse', 100, 'native'],
  ['nbody-sse2', 'sse', 10000, 'native'],
  ['dot-sse2', 'sse', 2000, 'native'],
  ['smc', 'system', 10000, 'native'],
  ['beside', 'system', 1000, 'native'],
  ['int80', 'system', 200000, 'guest'],
  ['fault', 'system', 300, 'guest'],
  ['cr3', 'system', 200000, 'guest'],
  ['port', 'system', 100000, 'guest'],
  ['screen', 'system', 10000, 'guest'],
  ['segment16', 'system', 500, 'guest'],
];

export const WORKLOADS: readonly Workload[] = rows.map(([name, family, count, where]) => ({
  name,
  family,
  count,
  native: where === 'native',
}));
