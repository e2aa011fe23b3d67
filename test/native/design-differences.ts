/**
 * Where the host and we part ways on purpose: the manual leaves it open, or the host is another maker's processor or runs under a hypervisor.
 * Each row says which cases, what is then not compared, and why we stay with what we do.
 */
import type { Decoded } from '../../src/cpu/decoder.ts';
import type { Case, Outcome } from './case.ts';

export type Part = 'vector' | 'error' | 'cr2' | 'eip' | 'flags' | 'registers' | 'selectors' | 'memory';

interface DesignDifference {
  readonly mnemonics: RegExp;
  readonly applies: (ours: Outcome, host: Outcome, decoded: Decoded, one: Case) => boolean;
  readonly ignore: readonly Part[];
  readonly reason: string;
}

const [DB, TS, SS, GP, PF] = [1, 10, 12, 13, 14];
/** Bytes a REP MOVS of a case moves at most, but for the few with a random count. */
const LONGEST_MOVE = 0x100;
/** Page-fault error code of a fetch from a page that is present: no-execute. */
const NO_EXECUTE = 0x11;
const everything: readonly Part[] = ['vector', 'error', 'cr2', 'eip', 'flags', 'registers', 'selectors', 'memory'];
/** The same fault by both, in an access to the stack. */
const bothFaultOnStack = ({ vector }: Outcome, host: Outcome): boolean =>
  vector === host.vector && (vector === PF || vector === SS);
/** Faults of an access to a data segment. */
const readFaults = new Set<number>([SS, GP, PF]);
const bothFault = (ours: Outcome, host: Outcome): boolean => ours.vector === PF && host.vector === PF;

export const DesignDifferences: readonly DesignDifference[] = [
  {
    mnemonics: /./,
    applies: (_, host) => host.vector === PF && (host.error & NO_EXECUTE) === NO_EXECUTE,
    ignore: everything,
    reason: 'a jump into the data pages: our processor has no no-execute (CPUID says so) and goes on there',
  },
  {
    mnemonics: /^(RETF|IRET)$/,
    applies: (ours, host) => ours.vector === GP && (host.vector === PF || host.vector === SS),
    ignore: everything,
    reason: 'the selector is checked before the outer stack is read (SDM vol. 2, RET, IRET); the host reads first',
  },
  {
    mnemonics: /^INT1$/,
    applies: (ours, host) => ours.vector === DB && host.vector === DB,
    ignore: ['eip'],
    reason:
      'INT1 is a trap (SDM vol. 3, table 6-1): EIP is the next instruction. A hypervisor that intercepts #DB may report the instruction itself',
  },
  {
    mnemonics: /^CALL$/,
    applies: (ours, host) => ours.vector === GP && (host.vector === PF || host.vector === SS),
    ignore: everything,
    reason:
      'a target beyond the limit of CS is found before the stack that cannot be pushed to (SDM vol. 2, CALL); the host pushes first',
  },
  {
    mnemonics: /^IRET$/,
    applies: (ours, host) => ours.vector === TS && host.vector === GP,
    ignore: everything,
    reason:
      'IRET with NT set returns to another task; the host, whose kernel is 64-bit, has no task switching and answers #GP(0)',
  },
  {
    mnemonics: /^(ENTER|PUSHA|CALLF)$/,
    applies: bothFaultOnStack,
    ignore: ['memory'],
    reason: 'the manual does not say whether the pushes below ESP remain when a later one faults; we write nothing',
  },
  {
    mnemonics: /^POPA$/,
    applies: bothFaultOnStack,
    ignore: ['registers'],
    reason: 'the host has loaded the registers before the slot that faults; we load none. The restart loads them all',
  },
  {
    mnemonics: /^(IRET|RETF|CALLF)$/,
    applies: bothFault,
    ignore: ['cr2'],
    reason: 'the manual does not order the accesses to the stack',
  },
  {
    mnemonics: /^CMPS$/,
    applies: (ours, host) => readFaults.has(ours.vector) && readFaults.has(host.vector),
    ignore: ['vector', 'error', 'cr2'],
    reason:
      'where both operands fault, the manual does not say which is read first: we read the one at rSI, and some hosts that at rDI',
  },
  {
    mnemonics: /^(INS|OUTS)$/,
    applies: (_ours, host, { repeat, addressSize }) =>
      repeat !== 0 && host.vector === GP && host.registers[1]! % 2 ** (8 * addressSize) === 0,
    ignore: everything,
    reason:
      'REP with a count of zero executes nothing (SDM vol. 2, REP: while the count is not zero); the host checks I/O permission first',
  },
  {
    mnemonics: /^MOVS$/,
    applies: (_ours, _host, { repeat, addressSize }, one) => repeat !== 0 && addressSize === 2 && nearInLowHalves(one),
    ignore: ['memory'],
    reason:
      'REP MOVS goes element by element, also where source and destination overlap; with 16-bit addresses the host (Zen 5) looks for overlap in all of ESI and EDI and misses it when their unused high halves differ',
  },
];

/** SI and DI are within a REP of each other, and the halves of ESI and EDI that do not count differ. */
function nearInLowHalves({ registers }: Case): boolean {
  const [esi, edi] = [registers[6]!, registers[7]!];
  const apart = ((esi - edi) << 16) >> 16;
  return Math.abs(apart) < LONGEST_MOVE && esi >>> 16 !== edi >>> 16;
}

/** What of this case is not compared. */
export function ignoredParts(decoded: Decoded, one: Case, ours: Outcome, host: Outcome): ReadonlySet<Part> {
  const rows = DesignDifferences.filter(
    ({ mnemonics, applies }) => mnemonics.test(decoded.row.mnemonic) && applies(ours, host, decoded, one),
  );
  return new Set(rows.flatMap(({ ignore }) => ignore));
}
