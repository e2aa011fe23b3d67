/** The npm package v86, where somebody has installed it, with SeaBIOS from the system: neither is ours to ship. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { bundle, sampleOf } from './child.ts';
import type { BenchEngine } from './engine.ts';

const FIRMWARE = '/usr/share/seabios';
const WASM = 'build/v86.wasm';

export interface V86Engine extends BenchEngine {
  /** Arguments of node that start it with a ROM, or with the benchmark image. */
  rom(file: string): string[];
  image(): string[];
}

/** `directory` is the package, or what it is installed in; otherwise it is looked for as an import from here would be. */
export function v86(directory: string | undefined, folder: string): V86Engine {
  const found = directory === undefined ? installed() : [directory, join(directory, 'node_modules/v86')].find(isV86);
  let bundled: string | undefined;
  const script = (): string => {
    bundled ??= bundle('bench/engines/v86-child.ts', folder);
    return bundled;
  };
  const running = (workload: string, count: number): string[] => [
    script(),
    'run',
    resolve(found!),
    FIRMWARE,
    workload,
    String(count),
  ];
  return {
    name: 'v86',
    missing: () => {
      if (found === undefined)
        return directory === undefined
          ? 'the package v86 is not installed (npm install v86 anywhere, then --v86 or V86_DIR)'
          : `${directory} has no ${WASM}`;
      if (!['bios.bin', 'vgabios.bin'].every(file => existsSync(join(FIRMWARE, file))))
        return `no bios.bin and vgabios.bin in ${FIRMWARE} (Debian: seabios)`;
      return undefined;
    },
    run: (workload, count) => sampleOf(running(workload, count)),
    rom: file => [script(), 'rom', resolve(found!), file],
    image: () => running('fib', 1),
  };
}

const isV86 = (directory: string): boolean => existsSync(join(directory, WASM));

function installed(): string | undefined {
  try {
    return dirname(dirname(createRequire(resolve('package.json')).resolve('v86')));
  } catch {
    return undefined;
  }
}
