/** Where the other emulators depart from the manual, and we do not: each with the reason. Nothing else is let pass. */
import { BochsDifferences } from './bochs-differences.ts';
import type { Case } from './case.ts';
import { type Outcome, parseOutcome } from './outcome.ts';
import { QemuDifferences } from './qemu-differences.ts';
import type { Other } from './run-others.ts';

export interface Both {
  readonly one: Case;
  readonly ours: Outcome;
  readonly theirs: Outcome;
}

export interface KnownDifference {
  /** With where the manual says so. */
  readonly reason: string;
  readonly explains: (both: Both) => boolean;
}

const KNOWN: Readonly<Record<Other, readonly KnownDifference[]>> = { bochs: BochsDifferences, qemu: QemuDifferences };

/** The reason, or undefined for what is not known. */
export function knownDifference(
  other: Other,
  one: Case,
  ours: string | undefined,
  theirs: string | undefined,
): string | undefined {
  if (ours === undefined || theirs === undefined) return undefined;
  const both = { one, ours: parseOutcome(ours), theirs: parseOutcome(theirs) };
  return KNOWN[other].find(({ explains }) => explains(both))?.reason;
}
