/** What tells two outcomes of a case apart, leaving out what the manual leaves undefined. */
import { type Decoded, decode } from '../../src/cpu/decoder.ts';
import { disassembleAt } from '../../src/inspect/disassemble.ts';
import { Flag } from '../../src/isa/flags.ts';
import { General32, Segments } from '../../src/isa/registers.ts';
import type { Case, Change, Outcome } from './case.ts';
import { ignoredParts, type Part } from './design-differences.ts';
import { INT3 } from './layout.ts';
import { isBig } from './local-segments.ts';
import { undefinedFlags, undefinedResult } from './undefined-flags.ts';

/** Page-fault error code bit 4, instruction fetch: set only where no-execute is enabled, which our processor lacks (SDM vol. 3, 4.7). */
const FETCH = 0x10;
const PAGE_FAULT = 14;
const DIVIDE_ERROR = 0;

const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;
const FLAG_NAMES = (Object.keys(Flag) as (keyof typeof Flag)[]).filter(name => name !== 'IOPL');

export function decodeCase({ code, selectors }: Case): Decoded | undefined {
  const decoded = decode(index => code[index] ?? INT3, isBig(selectors[1]!));
  return typeof decoded === 'string' ? undefined : decoded;
}

/** Lines `what: ours X, host Y`; empty when the two agree. */
export function compare(one: Case, ours: Outcome, host: Outcome): string[] {
  const decoded = decodeCase(one);
  const ignored = decoded ? ignoredParts(decoded, one, ours, host) : new Set();
  const done = decoded !== undefined && isDone(one, ours);
  const lines: string[] = [];
  const differ = (part: Part, what: string, a: number, b: number, mask = -1) => {
    if (!ignored.has(part) && ((a ^ b) & mask) !== 0) lines.push(`${what}: ours ${hex(a)}, host ${hex(b)}`);
  };
  differ('vector', 'vector', ours.vector, host.vector);
  if (ours.vector === host.vector) {
    differ('error', 'error code', ours.error, host.error, ours.vector === PAGE_FAULT ? ~FETCH : -1);
    differ('cr2', 'CR2', ours.cr2, host.cr2);
  }
  differ('eip', 'eip', ours.eip, host.eip);
  const free = done ? undefinedFlags(decoded, one).flags : 0;
  for (const name of FLAG_NAMES) {
    if ((free & Flag[name]) === 0) differ('flags', name, bit(ours.eflags, name), bit(host.eflags, name));
  }
  const undefinedPart = done ? undefinedResult(decoded, one) : undefined;
  if (undefinedPart && undefinedPart.register === undefined) return lines;
  for (let i = 0; i < 8; i++) {
    const mask = undefinedPart?.register === i ? ~undefinedPart.mask : -1;
    differ('registers', General32[i]!, ours.registers[i]!, host.registers[i]!, mask);
  }
  for (let i = 0; i < 6; i++) differ('selectors', Segments[i]!, ours.selectors[i]!, host.selectors[i]!);
  const [a, b] = [changesText(ours.changes), changesText(host.changes)];
  if (a !== b && !ignored.has('memory')) lines.push(`memory: ours ${a || 'unchanged'}, host ${b || 'unchanged'}`);
  return lines;
}

const bit = (eflags: number, name: keyof typeof Flag): number => (eflags & Flag[name] ? 1 : 0);

/** The instruction was executed, or its #DE says the same as if: EIP has moved, or the divide error. */
export function isDone(one: Case, { vector, eip }: Outcome): boolean {
  return eip !== one.eip || vector === DIVIDE_ERROR;
}

function changesText(changes: readonly Change[]): string {
  return changes.map(({ offset, bytes }) => `+${offset.toString(16)}=${Buffer.from(bytes).toString('hex')}`).join(' ');
}

/** The case as a line that says all of it. */
export function describeCase(one: Case): string {
  const { text } = disassembleAt(index => one.code[index] ?? INT3, { address: one.eip, big: isBig(one.selectors[1]!) });
  const registers = General32.map((name, i) => `${name}=${hex(one.registers[i]!)}`).join(' ');
  const flags = FLAG_NAMES.filter(name => one.eflags & Flag[name]).join(' ');
  const patches = one.patches.map(p => `+${p.offset.toString(16)}=${Buffer.from(p.bytes).toString('hex')}`).join(' ');
  return `[${Buffer.from(one.code).toString('hex')}] ${text} at ${hex(one.eip)}; ${registers}; ${flags}; data ${patches}; segments ${one.selectors.map(hex).join(' ')}`;
}
