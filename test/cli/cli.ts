/** Runs the real command as a process: built once a test file into dist/, where it finds its assets as the package does. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll } from 'vitest';
import { interpreterBytes } from '../../src/cpu/engine.ts';

export interface Result {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Sent to stdin, which is then closed. */
  readonly input?: string;
  readonly env?: Record<string, string>;
  /** Signal to send once stdout has this text. */
  readonly signalAt?: readonly [text: string, signal: NodeJS.Signals];
  /** Close our end of stdout once it has this text. */
  readonly closeAt?: string;
}

let folder = '';
let scratch = '';

/** Builds the command before the tests of a file and cleans up after them. */
export function withCli(): void {
  beforeAll(async () => {
    mkdirSync('dist', { recursive: true });
    folder = mkdtempSync('dist/test-');
    scratch = mkdtempSync(join(tmpdir(), 'real86-'));
    await build({
      entryPoints: { cli: 'src/cli/main.ts', 'conform-worker': 'src/cli/conform-worker.ts' },
      // It finds its own files beside itself.
      external: ['tinypool'],
      bundle: true,
      splitting: true,
      platform: 'node',
      format: 'esm',
      outdir: folder,
      logLevel: 'error',
      banner: {
        js: "import { createRequire as _createRequire } from 'node:module'; const require = _createRequire(import.meta.url);",
      },
    });
    // As the build does; and so that no module of an earlier build is found in dist/.
    writeFileSync(join(folder, 'interpreter.wasm'), interpreterBytes());
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
    rmSync(scratch, { recursive: true, force: true });
  });
}

/** A file in the scratch folder; its path. */
export function file(name: string, content: Uint8Array | string = ''): string {
  const path = join(scratch, name);
  writeFileSync(path, content);
  return path;
}

export function real86(args: readonly string[], options: RunOptions = {}): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(folder, 'cli.js'), ...args], {
      env: { ...process.env, NO_COLOR: '1', ...options.env },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (options.signalAt && stdout.includes(options.signalAt[0])) child.kill(options.signalAt[1]);
      if (options.closeAt && stdout.includes(options.closeAt)) child.stdout.destroy();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    child.stdin.on('error', () => {});
    if (options.input !== undefined || !options.signalAt) child.stdin.end(options.input ?? '');
  });
}
