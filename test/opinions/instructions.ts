/** Which instructions a case is about, for scripts/coverage.ts. */
import { decodeBytes } from '../../src/conform/coverage.ts';
import type { Decoded } from '../../src/cpu/decoder.ts';
import { type Case, Way } from './case.ts';
import { arenaOf } from './describe.ts';
import { ARENA, At } from './layout.ts';
import { parseOutcome } from './outcome.ts';

const INT3 = 0xcc;
const LONGEST = 15;
/** Their handlers and tasks end with INT3 too: it does not say that an instruction was completed. */
const UNCERTAIN: readonly string[] = ['gates', 'doubles', 'tasks'];
const LEAVES = /^(J|CALL|RET|IRET|INT|SYS|LOOP)/;

export interface Judged {
  readonly decoded: Decoded;
  readonly completed: boolean;
}

/** Those that have certainly been executed: all of them up to a jump where the case came to its INT3, the only one where it faulted. */
export function instructionsJudged(one: Case, outcome: string): Judged[] {
  if (UNCERTAIN.includes(one.family)) return [];
  const bytes = arenaOf(one);
  // Segments that begin with the arena are of 16 bits, but those of the random instructions.
  const isLow = one.state.eip < ARENA;
  const big = isLow ? one.title.includes('32-bit CPL') : one.way === Way.sameLevel || one.way === Way.outerLevel;
  const found: Decoded[] = [];
  for (let at = isLow ? one.state.eip : one.state.eip - ARENA; at < At.target - ARENA; ) {
    if (bytes[at] === INT3) break;
    const decoded = decodeBytes(bytes.subarray(at, at + LONGEST), big);
    if (!decoded) break;
    found.push(decoded);
    if (LEAVES.test(decoded.row.mnemonic)) break;
    at += decoded.length;
  }
  const { vector } = parseOutcome(outcome);
  // A single step ends the random ones.
  const completed = vector === 3 || (one.family === 'random' && vector === 1);
  return completed || found.length === 1 ? found.map(decoded => ({ decoded, completed })) : [];
}
