/**
 * System instructions. Source: SDM vol. 2 and 3. Privilege is checked here where one comparison does it; what touches descriptor
 * tables, control registers or devices is a service of the processor.
 */
import type { Builder, Form, Lifter, ServiceName } from '../builder.ts';
import { Flag } from '../flags.ts';

/** #GP(0) unless CPL is 0. */
function privileged<V>(b: Builder<V>): void {
  b.if(b.ne(b.state('cpl'), b.k(0)), () => b.raise('GP', 0));
}

/** #UD in real and virtual-8086 mode: the instruction exists in protected mode only. */
function protectedOnly<V>(b: Builder<V>): void {
  const real = b.eqz(b.and(b.state('cr0'), b.k(1)));
  const virtual = b.ne(b.and(b.state('eflags'), b.k(Flag.VM)), b.k(0));
  b.if(b.or(real, virtual), () => b.raise('UD'));
}

function privilegedService(name: ServiceName): Lifter {
  return b => {
    privileged(b);
    b.service(name);
  };
}

/** LGDT, LIDT: limit word, then a base of 24 bits (16-bit operand) or 32. */
function loadTable(which: 0 | 1): Lifter {
  return (b, { size, operands: [image] }) => {
    privileged(b);
    const limit = b.let(b.load(image!, b.let(b.offset(image!)), 2));
    const base = b.let(b.load(image!, b.let(b.offset(image!, b.k(2))), 4));
    b.service('loadDescriptorTable', b.k(which), limit, size === 4 ? base : b.and(base, b.k(0xffffff)));
  };
}

/** SGDT, SIDT: the full 32-bit base is stored at either operand size, as processors since the 386 do. */
function storeTable(which: 'gdt' | 'idt'): Lifter {
  return (b, { operands: [image] }) => {
    const first = b.let(b.offset(image!));
    const second = b.let(b.offset(image!, b.k(2)));
    b.probe(image!, first, 2, true);
    b.probe(image!, second, 4, true);
    b.store(image!, first, 2, b.state(`${which}Limit`));
    b.store(image!, second, 4, b.state(`${which}Base`));
  };
}

/** SLDT, STR, SMSW: a register receives the full operand size, memory a word. */
function storeWord(word: 'ldtSelector' | 'taskSelector' | 'cr0'): Lifter {
  return (b, { operands: [dst] }) => {
    if (word !== 'cr0') protectedOnly(b);
    b.write(dst!.kind === 'memory' ? { ...dst!, size: 2 as const } : dst!, b.state(word));
  };
}

function loadSystemSegment(service: 'loadLocalTable' | 'loadTask'): Lifter {
  return (b, { operands: [src] }) => {
    protectedOnly(b);
    privileged(b);
    b.service(service, b.read(src!));
  };
}

/** LAR, LSL, VERR, VERW: ZF says whether the selector names something visible; the service sets it, and the register. */
function inspectSelector(service: ServiceName): Lifter {
  return (b, { size, operands }) => {
    protectedOnly(b);
    const selector = b.let(b.read(operands[operands.length - 1]!));
    b.service(service, selector, operands.length === 2 ? b.registerNumber(operands[0]!) : b.k(0), b.k(size));
  };
}

/** The RPL of the destination is raised to that of the source; ZF tells whether it was. Memory that need not change is not written. */
function adjustPrivilege<V>(b: Builder<V>, { operands: [dst, src] }: Form): void {
  protectedOnly(b);
  const level = b.let(b.and(b.read(src!), b.k(3)));
  const selector = b.let(b.read(dst!));
  const lower = b.let(b.ltu(b.and(selector, b.k(3)), level));
  b.if(lower, () => b.write(dst!, b.or(b.and(selector, b.k(~3)), level)));
  // ZF alone changes: the other words stay.
  b.setFlagWords({ zero: b.eqz(lower) });
}

function loadStatusWord<V>(b: Builder<V>, { operands: [src] }: Form): void {
  privileged(b);
  b.service('loadStatus', b.read(src!));
}

function invalidatePage<V>(b: Builder<V>, { operands: [place] }: Form): void {
  privileged(b);
  b.service('invalidatePage', b.segmentBase(place!), b.offset(place!));
}

const input: Lifter = (b, { size, operands: [, port] }) => b.service('in', b.read(port!), b.k(size));

const output: Lifter = (b, { operands: [port, value] }) =>
  b.service('out', b.read(port!), b.k(value!.size), b.read(value!));

export const system = {
  CLI: b => b.service('clearInterruptFlag'),
  STI: b => b.service('setInterruptFlag'),
  HLT: privilegedService('halt'),
  IN: input,
  OUT: output,
  LGDT: loadTable(0),
  LIDT: loadTable(1),
  SGDT: storeTable('gdt'),
  SIDT: storeTable('idt'),
  SLDT: storeWord('ldtSelector'),
  STR: storeWord('taskSelector'),
  SMSW: storeWord('cr0'),
  LMSW: loadStatusWord,
  LLDT: loadSystemSegment('loadLocalTable'),
  LTR: loadSystemSegment('loadTask'),
  LAR: inspectSelector('loadAccessRights'),
  LSL: inspectSelector('loadSegmentLimit'),
  VERR: inspectSelector('verifyRead'),
  VERW: inspectSelector('verifyWrite'),
  ARPL: adjustPrivilege,
  CLTS: privilegedService('clearTaskSwitched'),
  INVLPG: invalidatePage,
  INVD: privilegedService('invalidateCaches'),
  WBINVD: privilegedService('invalidateCaches'),
  RDTSC: b => b.service('readTimestamp'),
  RDMSR: privilegedService('readMsr'),
  WRMSR: privilegedService('writeMsr'),
  RDPMC: b => b.service('readCounter'),
  CPUID: b => b.service('identify'),
  SYSENTER: b => b.service('sysenter'),
  SYSEXIT: b => b.service('sysexit'),
} satisfies Record<string, Lifter>;
