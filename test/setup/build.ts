/**
 * What tests share, built once a run from the sources as they are: the interpreter's module, which every worker would make for itself otherwise, and the
 * command, in dist/, where it finds its assets as the package does.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { buildCommand, precompile } from '../../scripts/build-command.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of cli.js, main.js for those who call it, and interpreter.wasm. */
    readonly built: string;
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  mkdirSync('dist', { recursive: true });
  const folder = mkdtempSync('dist/test-');
  await build(folder);
  project.provide('built', folder);
  project.onTestsRerun(() => build(folder));
  return () => rmSync(folder, { recursive: true, force: true });
}

async function build(folder: string): Promise<void> {
  await buildCommand(folder, { inputs: { main: 'src/cli/main.ts' } });
  await precompile(folder);
}
