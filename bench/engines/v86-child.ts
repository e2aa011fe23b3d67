/**
 * v86 with one program, until that has said what matters. The package has no firmware in it.
 *
 *   node v86-child.mjs run PACKAGE FIRMWARE WORKLOAD COUNT   a workload: a sample as JSON on stdout
 *   node v86-child.mjs rom PACKAGE FILE                      that ROM in place of all firmware: copies its serial line to stdout
 */
import { readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { IMAGE, MEMORY_MIB } from './engine.ts';
import { SerialMarks } from './serial-marks.ts';

/** What we use of v86's API. */
interface V86 {
  add_listener(event: 'serial0-output-byte', listener: (byte: number) => void): void;
}

const [task, folder, from, workload, count] = process.argv.slice(2) as [string, string, string, string, string];
const file = (path: string): object => ({ buffer: new Uint8Array(readFileSync(path)).buffer });
const programs = task === 'rom' ? { bios: file(from) } : withFirmware();
const { V86 } = (await import(pathToFileURL(join(folder, 'build/libv86.mjs')).href)) as {
  V86: new (options: object) => V86;
};
const emulator = new V86({
  wasm_path: join(folder, 'build/v86.wasm'),
  memory_size: MEMORY_MIB << 20,
  disable_speaker: true,
  autostart: true,
  ...programs,
});
emulator.add_listener('serial0-output-byte', task === 'rom' ? byte => writeSync(1, new Uint8Array([byte])) : timed());

function withFirmware(): object {
  return {
    bios: file(join(from, 'bios.bin')),
    vga_bios: file(join(from, 'vgabios.bin')),
    multiboot: file(IMAGE),
    cmdline: `${workload} ${count}`,
  };
}

function timed(): (byte: number) => void {
  const marks = new SerialMarks();
  let begun = 0;
  return byte => {
    const mark = marks.put(byte);
    if (mark?.kind === 'begin') {
      console.error('BEGIN');
      begun = performance.now();
    }
    if (mark?.kind === 'fault') {
      console.error(mark.line);
      process.exit(1);
    }
    if (mark?.kind === 'end') {
      const milliseconds = performance.now() - begun;
      const peakBytes = process.resourceUsage().maxRSS * 1024;
      console.log(JSON.stringify({ milliseconds, checksum: mark.checksum, peakBytes }));
      process.exit(0);
    }
  };
}
