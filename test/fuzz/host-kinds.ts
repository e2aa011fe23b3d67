/** The kinds there are, and groups of them by one name. */
import { lowestMapping } from '../native/host.ts';
import { HIGH_DATA, LOW_DATA, READ_ONLY_BYTES } from '../native/layout.ts';
import { SimdSubject, X87Subject } from './host-images.ts';
import { IntegerSubject } from './host-integer.ts';
import type { AnySubject } from './host-subject.ts';

export const Kinds = ['flat', 'segments', 'low', 'x87', 'simd'] as const;
export type Kind = (typeof Kinds)[number];

export const Groups: Readonly<Record<string, readonly Kind[]>> = { integer: ['flat', 'segments', 'low'] };

/** Why this machine has no such states, or undefined. */
export function whyNot(kind: Kind): string | undefined {
  if (kind !== 'low' || lowestMapping() <= LOW_DATA - READ_ONLY_BYTES) return undefined;
  return `vm.mmap_min_addr is ${lowestMapping()}: no data below 64 KiB`;
}

const makers: Readonly<Record<Kind, (withHost: boolean) => unknown>> = {
  // 32-bit code with Linux's flat segments; local segments with bases, limits and of 16 bits; data where 16-bit addresses reach it.
  flat: withHost => new IntegerSubject({ data: HIGH_DATA, segmented: false }, withHost),
  segments: withHost => new IntegerSubject({ data: HIGH_DATA, segmented: true }, withHost),
  low: withHost => new IntegerSubject({ data: LOW_DATA, segmented: false }, withHost),
  x87: withHost => new X87Subject(withHost),
  simd: withHost => new SimdSubject(withHost),
};

/** `withHost`: to ask the host's processor; throws an Error that says why where it cannot be asked. */
export function openSubject(kind: Kind, withHost = true): AnySubject {
  return makers[kind](withHost) as AnySubject;
}
