/** README's pictures are true: what it shows of a run is what the command prints. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { real86, withCli } from './cli/cli.ts';

withCli();

const blocks = [...readFileSync('README.md', 'utf8').matchAll(/^```\w*\n(.*?)^```$/gms)].map(match => match[1]!);

it.each([
  ['the end of the story', /pid 1 story/, ['run', 'story', '--kernel-log']],
  ['stack overflow', /pid 1 fault-stack/, ['run', 'fault-stack']],
] as const)('%s', async (_, which, args) => {
  const shown = blocks.filter(block => which.test(block));
  expect(shown).toHaveLength(1);
  const { stdout, stderr } = await real86(args);
  const printed = `${stdout}${stderr}`.split('\n');
  const lines = shown[0]!.split('\n').filter(line => line !== '' && !line.startsWith('$ '));
  expect(lines.filter(line => !printed.includes(line))).toEqual([]);
});

it('is at most 150 lines', () => {
  expect(readFileSync('README.md', 'utf8').split('\n').length).toBeLessThanOrEqual(151);
});
