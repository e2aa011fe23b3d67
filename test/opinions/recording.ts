/**
 * test/data/opinions.txt.gz: outcomes that were agreed on, so that they can be held against us where there is no other emulator. First line: the seed. Then a line a
 * case, from number 0 on: its outcome as the harness tells it; behind a tab, where Bochs has it otherwise, why the manual decides for ours.
 *
 *   npm run opinions               records it, where there is Bochs: every case must agree, or differ as is known
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';

const FILE = new URL('../data/opinions.txt.gz', import.meta.url);

export interface Recorded {
  readonly outcome: string;
  /** Why it is not Bochs's. */
  readonly reason: string | undefined;
}

export interface Recording {
  readonly seed: number;
  readonly cases: readonly Recorded[];
}

export function readRecording(): Recording {
  const [seed, ...lines] = gunzipSync(readFileSync(FILE)).toString('latin1').trimEnd().split('\n');
  return {
    seed: Number(seed),
    cases: lines.map(line => {
      const [outcome, reason] = line.split('\t') as [string, string | undefined];
      return { outcome, reason };
    }),
  };
}

export function writeRecording({ seed, cases }: Recording): number {
  const lines = cases.map(({ outcome, reason }) => (reason === undefined ? outcome : `${outcome}\t${reason}`));
  const bytes = gzipSync(`${[seed, ...lines].join('\n')}\n`, { level: 9 });
  writeFileSync(FILE, bytes);
  return bytes.length;
}
