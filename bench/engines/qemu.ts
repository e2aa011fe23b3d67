/** QEMU's TCG: `qemu-system-i386` with the image as its kernel, timed at its serial line and ended by us. */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type BenchEngine, IMAGE, MEMORY_MIB, PATIENCE_MS, type Sample } from './engine.ts';
import { SerialMarks } from './serial-marks.ts';

export const QEMU = 'qemu-system-i386';
export const QEMU_MACHINE = `-accel tcg -display none -serial stdio -monitor none -no-reboot -m ${MEMORY_MIB}`.split(
  ' ',
);

export const qemu: BenchEngine = {
  name: 'qemu',
  missing: () =>
    spawnSync(QEMU, ['--version']).status === 0 ? undefined : `${QEMU} is not installed (Debian: qemu-system-x86)`,
  run: (workload, count) =>
    new Promise((resolve, reject) => {
      const args = [...QEMU_MACHINE, '-kernel', IMAGE, '-append', `${workload} ${count}`];
      const child = spawn(QEMU, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: PATIENCE_MS });
      const marks = new SerialMarks();
      let begun = 0;
      let sample: Sample | undefined;
      let trouble = '';
      child.stdout.on('data', (data: Buffer) => {
        const now = performance.now();
        for (const byte of data) {
          const mark = marks.put(byte);
          if (mark?.kind === 'begin') begun = now;
          if (mark?.kind === 'end')
            sample = { milliseconds: now - begun, checksum: mark.checksum, ...peakOf(child.pid) };
          if (mark?.kind === 'fault') trouble = mark.line;
        }
        if (sample || trouble !== '') child.kill('SIGKILL');
      });
      child.stderr.on('data', data => {
        trouble += data;
      });
      child.on('error', reject);
      child.on('close', () => (sample ? resolve(sample) : reject(new Error(trouble || 'QEMU did not end'))));
    }),
};

/** The kernel's account of the process, where there is /proc. */
function peakOf(pid: number | undefined): { peakBytes?: number } {
  try {
    const kib = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return kib ? { peakBytes: Number(kib[1]) * 1024 } : {};
  } catch {
    return {};
  }
}
