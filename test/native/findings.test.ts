/** What the host's processor has taught us, one row a finding, so that it stays learned where no host can be asked. */
import { describe, expect, it } from 'vitest';
import { wasmEngine } from '../../src/cpu/engine.ts';
import { oracleEngine } from '../../src/cpu/oracle.ts';
import { Flag } from '../../src/isa/flags.ts';
import { hex } from '../cpu/rig.ts';
import type { Case, Outcome } from './case.ts';
import { USER_CODE, USER_DATA } from './draft.ts';
import { Guest } from './guest.ts';
import { CODE, DATA_BYTES, HIGH_DATA, PATTERN_BYTES } from './layout.ts';
import { localSegments, localSelector } from './local-segments.ts';

const AT = CODE + 0x800;
const [EAX, ECX, ESP, EBP, EDI] = [0, 1, 4, 5, 7];
const { TF, IF, ZF } = Flag;
const SMALL_STACK = localSegments(HIGH_DATA).findIndex(({ kind, big }) => kind === 'data' && !big);
const LAST = HIGH_DATA + DATA_BYTES;

interface Finding {
  readonly what: string;
  readonly code: string;
  /** By encoding number; ESP is in the middle of the data pages otherwise. */
  readonly registers?: Readonly<Record<number, number>>;
  readonly eflags?: number;
  readonly selectors?: readonly number[];
  /** Contents of the data pages from an offset. */
  readonly patch?: readonly [offset: number, bytes: string];
  readonly expected: Partial<Outcome>;
}

const findings: readonly Finding[] = [
  { what: 'INT1 is not subject to the gate privilege', code: 'f1', expected: { vector: 1, eip: AT + 1 } },
  {
    what: 'POP SS holds off its single-step trap: the INT3 after it is reached',
    code: '17',
    eflags: TF,
    patch: [0x1000, '2b 00 00 00'],
    expected: { vector: 3, eip: AT + 2 },
  },
  {
    what: 'POPF that clears TF is followed by the trap',
    code: '9d',
    eflags: TF,
    patch: [0x1000, '02 02 00 00'],
    expected: { vector: 1, eip: AT + 1, eflags: 0x202 },
  },
  { what: 'INT3 with TF set: the breakpoint alone', code: 'cc', eflags: TF, expected: { vector: 3, eip: AT + 1 } },
  {
    what: 'ARPL writes nothing to a read-only page when the RPL is high enough',
    code: '63 00',
    registers: { [EAX]: HIGH_DATA - 0x800 },
    eflags: ZF,
    expected: { vector: 3, eip: AT + 3, eflags: 0x202 },
  },
  {
    what: 'ARPL that raises the RPL of a read-only word faults',
    code: '63 08',
    registers: { [EAX]: HIGH_DATA - 0x800, [ECX]: 3 },
    expected: { vector: 14, error: 7, cr2: HIGH_DATA - 0x800 },
  },
  {
    what: 'PUSHA faults at its first push',
    code: '60',
    registers: { [ESP]: HIGH_DATA - 0x800 },
    expected: { vector: 14, error: 7, cr2: HIGH_DATA - 0x804 },
  },
  {
    what: 'POPA faults at its first pop, and loads nothing',
    code: '61',
    registers: { [ESP]: LAST - 2, [EDI]: 0x1234 },
    expected: { vector: 14, error: 4, cr2: LAST, registers: [0, 0, 0, 0, LAST - 2, 0, 0, 0x1234] },
  },
  {
    what: 'ENTER reads a frame pointer that it has just pushed',
    code: 'c8 00 00 03',
    registers: { [ESP]: HIGH_DATA + 0x100, [EBP]: HIGH_DATA + 0x100 },
    // Pushes EBP, then [EBP-4], which is that push, then [EBP-8], which is the second, then the frame's address.
    expected: {
      vector: 3,
      changes: [{ offset: 0xf0, bytes: Uint8Array.from(hex('fc 10 00 10 00 11 00 10 00 11 00 10 00 11 00 10')) }],
    },
  },
  {
    what: 'ENTER faults at its first push',
    code: 'c8 00 01 00',
    registers: { [ESP]: HIGH_DATA - 0x800 },
    expected: { vector: 14, error: 7, cr2: HIGH_DATA - 0x804 },
  },
  {
    what: 'ENTER on a 16-bit stack: EBP gets the high half of ESP too',
    code: 'c8 00 00 00',
    registers: { [ESP]: 0x775d0340 },
    selectors: [USER_DATA, USER_CODE, localSelector(SMALL_STACK), USER_DATA, USER_DATA, USER_DATA],
    expected: { vector: 3, registers: [0, 0, 0, 0, 0x775d033c, 0x775d033c, 0, 0] },
  },
  {
    what: 'a far call checks its target before the stack',
    code: '9a 00 08 00 20 08 00',
    registers: { [ESP]: HIGH_DATA - 0x800 },
    expected: { vector: 13, error: 0x08 },
  },
  {
    what: 'POP of a segment register reads all of its operand',
    code: '07',
    registers: { [ESP]: LAST - 2 },
    expected: { vector: 14, error: 4, cr2: LAST },
  },
];

const FLAT = [USER_DATA, USER_CODE, USER_DATA, USER_DATA, USER_DATA, USER_DATA];

function caseOf({ code, registers = {}, eflags = 0, selectors = FLAT, patch }: Finding): Case {
  return {
    code: hex(code),
    eip: AT,
    place: AT - CODE,
    registers: Array.from({ length: 8 }, (_, i) => registers[i] ?? (i === ESP ? HIGH_DATA + 0x1000 : 0)),
    eflags: eflags | IF | 2,
    selectors,
    patches: patch ? [{ offset: patch[0], bytes: hex(patch[1]) }] : [],
  };
}

describe.each([
  ['interpreter', wasmEngine],
  ['oracle', oracleEngine],
] as const)('findings: %s', (_, engine) => {
  const guest = new Guest(HIGH_DATA, engine);
  guest.fill(new Uint8Array(PATTERN_BYTES));
  it.each(findings)('$what', finding => {
    // Once in a block and once by itself: the guest alternates.
    expect(guest.run(caseOf(finding))).toMatchObject(finding.expected);
    expect(guest.run(caseOf(finding))).toMatchObject(finding.expected);
  });
});
