/** Where the other emulators depart from the manual, and we do not: each with the reason. Nothing else is let pass. */
import type { Case } from './case.ts';
import type { Other } from './run-others.ts';

export interface KnownDifference {
  readonly of: Other;
  readonly reason: string;
  /** Of the outcomes' texts. */
  readonly explains: (one: Case, ours: string, theirs: string) => boolean;
}

const KNOWN: readonly KnownDifference[] = [];

/** The reason, or undefined for what is not known. */
export function knownDifference(
  other: Other,
  one: Case,
  ours: string | undefined,
  theirs: string | undefined,
): string | undefined {
  if (ours === undefined || theirs === undefined) return undefined;
  return KNOWN.find(known => known.of === other && known.explains(one, ours, theirs))?.reason;
}
