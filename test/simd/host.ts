/** The host's processor as the judge of SIMD instructions: builds runner.c and sends states through it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CODE, DATA, Layout } from './layout.ts';

export interface Host {
  /** Runs the states one after the other; the states after, in order. */
  run(states: Uint8Array): Uint8Array;
  /** Removes the built program. */
  close(): void;
}

/** Builds the runner, or says why this machine cannot. */
export function openHost(): Host | { readonly reason: string } {
  if (process.platform !== 'linux' || process.arch !== 'x64') return { reason: 'the host is not Linux on x86-64' };
  const folder = mkdtempSync(join(tmpdir(), 'real86-simd-'));
  const close = () => rmSync(folder, { recursive: true, force: true });
  const program = join(folder, 'runner');
  const source = fileURLToPath(new URL('runner.c', import.meta.url));
  const defines = [`-DCODE=${CODE}u`, `-DDATA=${DATA}u`, `-DENTRY="${CODE}"`];
  const options = ['-m32', '-static', '-O2', '-fno-stack-protector', '-fcf-protection=none', ...defines];
  const compiler = spawnSync('gcc', [...options, '-o', program, source], { encoding: 'utf8' });
  const probe = compiler.status === 0 ? spawnSync(program, { input: '', encoding: 'utf8' }) : compiler;
  if (probe.status !== 0) {
    close();
    const said = (probe.stderr || `${probe.error ?? probe.signal}`).trim().split('\n')[0];
    return { reason: `gcc -m32 -static or what it builds does not work here: ${said}` };
  }
  const run = (states: Uint8Array): Uint8Array => {
    const input = new Uint8Array(4 + states.length);
    new DataView(input.buffer).setUint32(0, states.length / Layout.bytes, true);
    input.set(states, 4);
    const { status, signal, stdout } = spawnSync(program, { input, maxBuffer: 1 << 28 });
    if (status !== 0 || stdout.length !== states.length) throw new Error(`the runner ended by ${signal ?? status}`);
    return stdout;
  };
  return { run, close };
}
