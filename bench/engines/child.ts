/** Processes of the runner: one that prints a sample as JSON, and scripts bundled to run without a loader of TypeScript in their memory. */
import { execFileSync, spawn } from 'node:child_process';
import { basename, join } from 'node:path';
import { PATIENCE_MS, type Sample } from './engine.ts';

/** The script that node runs, in `folder`. */
export function bundle(
  source: string,
  folder: string,
  extension: 'mjs' | 'cjs' = 'mjs',
  name = basename(source, '.ts'),
): string {
  const outfile = join(folder, `${name}.${extension}`);
  execFileSync(process.execPath, ['scripts/bundle.mjs', source, outfile]);
  return outfile;
}

/** Stdout of a process that ends well; throws with its stderr otherwise. */
export function outputOf(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: PATIENCE_MS });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', data => {
      stdout += data;
    });
    child.stderr.on('data', data => {
      stderr += data;
    });
    child.on('error', reject);
    child.on('close', (status, signal) => {
      if (status === 0) resolve(stdout);
      else reject(new Error(`${signal ?? `status ${status}`}: ${stderr.trim().split('\n').slice(-4).join(' | ')}`));
    });
  });
}

/** `args` are node's: script and arguments. */
export async function sampleOf(args: readonly string[]): Promise<Sample> {
  const output = await outputOf(process.execPath, args);
  return JSON.parse(output.trim().split('\n').at(-1)!) as Sample;
}
