/** How often the host leaves a flag that the manual calls undefined as we do: knowledge for choosing what to leave, not a test. */
import { Flag } from '../../src/isa/flags.ts';
import type { Case, Outcome } from './case.ts';
import { decodeCase, isDone } from './compare.ts';
import { undefinedFlags } from './undefined-flags.ts';

const NAMES = ['CF', 'PF', 'AF', 'ZF', 'SF', 'OF'] as const;

interface Count {
  all: number;
  differing: number;
}

export class Agreement {
  /** By mnemonic and flag. */
  private readonly counts = new Map<string, Count>();

  note(one: Case, ours: Outcome, host: Outcome): void {
    const decoded = decodeCase(one);
    if (!decoded || !isDone(one, ours)) return;
    const { flags } = undefinedFlags(decoded, one);
    for (const name of NAMES) {
      if ((flags & Flag[name]) === 0) continue;
      const key = `${decoded.row.mnemonic} ${name}`;
      const count = this.counts.get(key) ?? { all: 0, differing: 0 };
      count.all++;
      if ((ours.eflags ^ host.eflags) & Flag[name]) count.differing++;
      this.counts.set(key, count);
    }
  }

  /** A line for each undefined flag. */
  toString(): string {
    return [...this.counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([key, { all, differing }]) => `${key}: ${differing === 0 ? 'always agrees' : `${differing} of ${all} differ`}`,
      )
      .join('\n');
  }
}
