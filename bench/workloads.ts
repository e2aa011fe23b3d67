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
  ['sha256', 'integer', 1500, 'native'],
  ['crc32', 'integer', 2000, 'native'],
  ['quicksort', 'integer', 40, 'native'],
  ['fib', 'integer', 400, 'native'],
  ['bytecode', 'integer', 100, 'native'],
  ['wide', 'integer', 1000, 'native'],
  ['strings', 'integer', 600, 'native'],
  ['objects', 'integer', 2000, 'native'],
  ['spread', 'integer', 350, 'native'],
  ['list', 'memory', 1500, 'native'],
  ['blocks', 'memory', 500, 'native'],
  ['malloc', 'memory', 1000, 'native'],
  ['matrix-x87', 'x87', 100, 'native'],
  ['nbody-x87', 'x87', 15000, 'native'],
  ['dot-x87', 'x87', 2000, 'native'],
  ['matrix-sse2', 'sse', 300, 'native'],
  ['nbody-sse2', 'sse', 40000, 'native'],
  ['dot-sse2', 'sse', 6000, 'native'],
  ['smc', 'system', 10000, 'native'],
  ['beside', 'system', 400, 'native'],
  ['int80', 'system', 300000, 'guest'],
  ['fault', 'system', 300, 'guest'],
  ['cr3', 'system', 150000, 'guest'],
  ['port', 'system', 400000, 'guest'],
  ['screen', 'system', 2000, 'guest'],
  ['segment16', 'system', 1500, 'guest'],
];

export const WORKLOADS: readonly Workload[] = rows.map(([name, family, count, where]) => ({
  name,
  family,
  count,
  native: where === 'native',
}));
