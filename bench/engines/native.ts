/** The host's own processor: the workloads' sources compiled by gcc -m32 -O2 into a folder of this run. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { outputOf } from './child.ts';
import type { BenchEngine } from './engine.ts';

export function native(folder: string): BenchEngine {
  return {
    name: 'native',
    nativeOnly: true,
    missing: () => {
      if (process.arch !== 'x64' && process.arch !== 'ia32') return `this processor is no x86 (${process.arch})`;
      const { status, stderr, error } = spawnSync('bash', ['bench/guest/build.sh', 'native', folder], {
        encoding: 'utf8',
      });
      if (status !== 0) return `gcc -m32 does not work here: ${(error?.message ?? stderr).trim().split('\n')[0]}`;
      return spawnSync(join(folder, 'native'), ['sieve', '1']).status === 0
        ? undefined
        : 'this host does not execute 32-bit programs';
    },
    run: async (workload, count) => {
      const [checksum, milliseconds] = (await outputOf(join(folder, 'native'), [workload, String(count)])).split(' ');
      return { checksum: checksum!, milliseconds: Number(milliseconds) };
    },
  };
}
