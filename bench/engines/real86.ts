/** Our engines. The interpreter's module and the bytecode are made once, as the build does, and given to every process. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { interpreterBytes } from '../../src/cpu/engine.ts';
import type { EngineName } from '../../src/session/engine-names.ts';
import { bundle, sampleOf } from './child.ts';
import type { BenchEngine } from './engine.ts';

export function real86(names: readonly EngineName[], folder: string): BenchEngine[] {
  let ready: { launch: readonly string[]; interpreter: string } | undefined;
  const prepare = () => {
    const interpreter = join(folder, 'interpreter.wasm');
    writeFileSync(interpreter, interpreterBytes());
    spawnSync(process.execPath, [bundle('src/cli/optimise-main.ts', folder), interpreter]);
    const launch = [
      bundle('bench/engines/real86-launch.ts', folder),
      bundle('bench/engines/real86-child.ts', folder, 'cjs'),
    ];
    spawnSync(process.execPath, [...launch, '--precompile']);
    bundle('src/cli/compile-worker.ts', folder, 'cjs');
    const compiler = bundle('src/jit/compile-channel.ts', folder, 'cjs', 'compiler');
    spawnSync(process.execPath, [bundle('src/cli/precompile-compiler-main.ts', folder), compiler]);
    return { launch, interpreter };
  };
  return names.map(name => ({
    name,
    missing: () => undefined,
    run: (workload, count) => {
      ready ??= prepare();
      return sampleOf([...ready.launch, name, workload, String(count), ready.interpreter]);
    },
  }));
}
