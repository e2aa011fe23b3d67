/**
 * Where QEMU 7.2 (TCG) departs from the manual in doublewords of memory: frames, tables. Volumes are those of the SDM. What it leaves out besides - segment limits, the
 * I/O map's second byte, VIF and VIP in IRET - is not put down here.
 */
import type { Case } from './case.ts';
import { arenaOf } from './describe.ts';
import type { KnownDifference } from './differences.ts';
import { ARENA, At } from './layout.ts';
import type { Outcome } from './outcome.ts';

/** Of a doubleword at `at`: what we have, what QEMU has. */
type Explains = (ours: number, theirs: number, at: number) => boolean;

const lacks =
  (bit: number): Explains =>
  (ours, theirs) =>
    (ours ^ theirs) === bit && (ours & bit) !== 0;

const Words: readonly (readonly [reason: string, explains: Explains])[] = [
  ['QEMU saves RF clear for faults (vol. 3, 17.3.1.1)', lacks(0x10000)],
  ['QEMU leaves EXT clear in error codes (vol. 3, 6.13)', lacks(1)],
  [
    'QEMU leaves the accessed bit of code segments as it was (vol. 3, 3.4.5.1)',
    (ours, theirs, at) => at < At.idt && lacks(0x100)(ours, theirs, at),
  ],
  [
    'QEMU sets the accessed bit of PDPTEs, which have none (vol. 3, table 4-8)',
    (ours, theirs, at) => at >= At.pointers && at < At.paeDirectory && (ours ^ theirs) === 0x20,
  ],
];

/** Some doubleword differs so, and all that do are explained by one of these. */
export const QemuDifferences: readonly KnownDifference[] = Words.map(([reason, explains]) => ({
  reason,
  explains: ({ one, ours, theirs }) => {
    const words = differing(one, ours, theirs);
    return (
      words?.some(word => explains(...word)) === true &&
      words.every(word => Words.some(([, ofWord]) => ofWord(...word)))
    );
  },
}));

/** Doublewords of memory that differ; undefined where vector or state do. */
function differing(one: Case, ours: Outcome, theirs: Outcome): [number, number, number][] | undefined {
  const sameState =
    ours.state.size === theirs.state.size && [...ours.state].every(([i, value]) => theirs.state.get(i) === value);
  if (ours.vector !== theirs.vector || !sameState) return undefined;
  const before = Buffer.from(arenaOf(one));
  const value = ({ memory }: Outcome, offset: number) => memory.get(offset) ?? before.readUInt32LE(offset);
  return [...new Set([...ours.memory.keys(), ...theirs.memory.keys()])]
    .map((offset): [number, number, number] => [value(ours, offset), value(theirs, offset), offset + ARENA])
    .filter(([a, b]) => a !== b);
}
