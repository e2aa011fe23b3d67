/**
 * Builds dist/: the command line, the library as ES modules, and type declarations.
 *   --quick   leaves out the declarations, and what makes the command start sooner
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { buildCommand, precompile } from './build-command.mjs';

const quick = process.argv.includes('--quick');
rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');
await buildCommand('dist', { inputs: { index: 'src/index.ts' }, small: true });

if (!quick) {
  for (const file of await precompile('dist'))
    console.log(`dist/${file} is not made: this Node.js does not give it. The first moments of a run are slower.`);
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
    stdio: 'inherit',
  });
}
console.log(
  ['real86.cjs', 'interpreter.wasm'].map(file => `dist/${file} ${statSync(`dist/${file}`).size} bytes`).join(', '),
);
