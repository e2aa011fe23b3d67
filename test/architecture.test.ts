/** Imports point one way (docs/architecture.md), and only the command line touches the host. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';

/** What each folder of src/ may import, besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  isa: [],
  wasm: [],
  mmu: [],
  devices: [],
  loaders: [],
  fpu: ['wasm'],
  cpu: ['isa', 'wasm', 'mmu', 'fpu'],
  jit: ['cpu', 'isa', 'wasm'],
  machine: ['cpu', 'mmu', 'isa', 'devices'],
  conform: ['cpu', 'isa', 'loaders'],
  inspect: ['machine', 'cpu', 'mmu', 'isa', 'loaders'],
  session: ['inspect', 'jit', 'machine', 'cpu', 'mmu', 'isa', 'devices', 'loaders'],
  cli: ['session', 'inspect', 'jit', 'machine', 'conform', 'cpu', 'mmu', 'isa', 'devices', 'loaders'],
};
/** Packages and host modules, by folder. */
const MAY_USE: Readonly<Record<string, RegExp>> = {
  cli: /^(node:|yargs|picocolors|pngjs|tinypool)/,
};

interface Import {
  readonly file: string;
  readonly folder: string;
  readonly target: string;
}

function imports(): Import[] {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'));
  return files.flatMap(file => {
    const text = readFileSync(join('src', file), 'utf8');
    const targets = [...text.matchAll(/^(?:import|export|\}).*? from '([^']+)';$|\bimport\('([^']+)'\)/gm)].map(
      ([, a, b]) => a ?? b!,
    );
    return targets.map(target => ({ file, folder: file.includes('/') ? file.split('/')[0]! : 'index', target }));
  });
}

it('imports point one way', () => {
  const wrong = imports().filter(({ file, folder, target }) => {
    if (folder === 'index') return false;
    if (!target.startsWith('.')) return !MAY_USE[folder]?.test(target);
    const to = normalize(join(dirname(file), target)).split('/')[0]!;
    return to !== folder && !MAY_IMPORT[folder]?.includes(to);
  });
  expect(wrong.map(({ file, target }) => `${file} -> ${target}`)).toEqual([]);
});

it('every folder has its rule', () => {
  const folders = readdirSync('src', { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name);
  expect(folders.filter(folder => !(folder in MAY_IMPORT))).toEqual([]);
});
