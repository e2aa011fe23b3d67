/** Runs every workload once on every engine that is here: times, instructions, checksums. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { native } from './engines/native.ts';
import { qemu } from './engines/qemu.ts';
import { real86 } from './engines/real86.ts';
import { WORKLOADS } from './workloads.ts';

const folder = mkdtempSync(join(tmpdir(), 'real86-bench-'));
try {
  const engines = [native(folder), ...real86(['interp', 'jit'], folder), qemu].filter(e => !e.missing());
  const only = process.argv[2]?.split(',');
  for (const w of WORKLOADS) {
    if (only && !only.includes(w.name)) continue;
    const cells: string[] = [];
    const sums = new Set<string>();
    for (const e of engines) {
      if (e.nativeOnly && !w.native) {
        cells.push('-');
        continue;
      }
      try {
        const s = await e.run(w.name, w.count);
        sums.add(s.checksum);
        cells.push(
          `${e.name} ${s.milliseconds.toFixed(1)}${s.instructions ? ` (${(s.instructions / 1e6).toFixed(1)}M)` : ''}`,
        );
      } catch (error) {
        cells.push(`${e.name} ${(error as Error).message}`);
      }
    }
    console.log(w.name.padEnd(12), cells.join('  '), sums.size === 1 ? '' : 'MISMATCH');
  }
} finally {
  rmSync(folder, { recursive: true });
}
