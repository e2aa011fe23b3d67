/** Everything that is checked without running the program: types, Biome, generated files. Import directions are a test (test/architecture.test.ts). */
import { spawnSync } from 'node:child_process';

const steps = [
  ['types', process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit']],
  ['biome', process.execPath, ['node_modules/@biomejs/biome/bin/biome', 'ci', '--colors=off']],
  ['docs', process.execPath, ['node_modules/tsx/dist/cli.mjs', 'scripts/instructions.ts', '--check']],
  ['matrix', process.execPath, ['scripts/protection-matrix.mjs', '--check']],
  ['images', 'bash', ['scripts/guests.sh', '--check']],
];
let failed = 0;
for (const [name, command, args] of steps) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  console.log(`${status === 0 ? 'ok' : 'FAILED'}  ${name}`);
  const text = `${stdout}${stderr}`.trim();
  if (text && (status !== 0 || name === 'images')) console.log(text.replace(/^/gm, '    '));
  if (status !== 0) failed++;
}
process.exit(failed === 0 ? 0 : 1);
