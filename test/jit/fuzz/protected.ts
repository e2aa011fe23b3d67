/**
 * 16-bit and 32-bit code in protected mode whose segments have bases and odd limits; stacks of either width that grow down from the top of 64 KiB or are
 * expand-down; at CPL 3 mostly, with handlers at CPL 0, else on the program's own stack.
 */
import { type Cpu, Segment } from '../../../src/cpu/cpu.ts';
import { Random } from '../../cpu/rig.ts';
import { narrowAddress, wideAddress } from './addresses.ts';
import { byInterrupt } from './flat.ts';
import { writeHandlers } from './handlers.ts';
import type { Kind, Labels } from './kind.ts';
import { writeProgram } from './kind.ts';
import { Layout, Selector } from './layout.ts';
import { COMMON } from './mixes.ts';
import * as segmented from './segmented.ts';
import * as system from './system.ts';
import { descriptor, gate, writeDescriptor, writeGlobalTable, writeInterruptTable } from './tables.ts';
import * as transfers from './transfers.ts';
import type { Dialect } from './writer.ts';

interface Shape {
  readonly privilege: 0 | 3;
  /** Last offset of the data. */
  readonly limit: number;
  readonly wideStack: boolean;
  readonly expandDown: boolean;
  /** The code segment ends in the middle of the program. */
  readonly tight: boolean;
}

function shapeOf(seed: number): Shape {
  const random = new Random(seed + 5);
  return {
    privilege: random.below(4) === 0 ? 0 : 3,
    limit: random.pick([0x5ff3, 0x5fff, 0x6001, 0xffff]),
    wideStack: random.below(2) === 0,
    expandDown: random.below(3) === 0,
    tight: random.below(4) === 0,
  };
}

/** Bytes of a 32-bit expand-down stack. */
const DEEP = 0x4000;

function stackOf({ wideStack, expandDown }: Shape): {
  base: number;
  limit: number;
  flags: number;
  low: number;
  top: number;
} {
  if (!expandDown) return { base: 0x70000, limit: 0xffff, flags: wideStack ? 4 : 0, low: 0, top: 0x10000 };
  if (!wideStack) return { base: 0x70000, limit: 0x7fff, flags: 0, low: 0x8000, top: 0x10000 };
  return { base: Layout.stack, limit: (-DEEP - 1) >>> 12, flags: 12, low: -DEEP, top: 0 };
}

function dialect(bits: 16 | 32, shape: Shape): Dialect {
  const { privilege, limit } = shape;
  const stack = stackOf(shape);
  const data = Selector.programData | privilege;
  const inner = privilege === 3;
  return {
    bits,
    data: 0,
    innerStack: inner,
    open: true,
    privilege,
    dataSelector: data,
    codeBase: Layout.code,
    address: bits === 32 ? wideAddress : narrowAddress,
    bad: limit < 0xffff ? `[${limit}]` : bits === 32 ? '[0x10000]' : '[0xffff]',
    codePrefix: 'fs:',
    codeToEs: [['push es', 'push fs', 'pop es'], ['pop es']],
    privileged: byInterrupt,
    stack: { selector: Selector.programStack | privilege, pointer: stack.top - 16 },
    segments: {
      limit,
      stack: { low: stack.low, high: stack.top },
      code: Selector.program | privilege,
      alias: Selector.programAlias | privilege,
      others: [Selector.programStack | privilege, Selector.programAlias | privilege, data],
    },
    mix: [
      ...COMMON,
      [5, segmented.limits],
      [2, segmented.stackLimits],
      [1, segmented.wrapping],
      [2, segmented.stringLimits],
      [3, segmented.farCall],
      [2, segmented.shortCode],
      [2, segmented.farPointer],
      [3, segmented.otherData],
      [2, system.protection],
      [1, transfers.otherWidth],
      [1, transfers.gated],
    ],
  };
}

function based(name: string, bits: 16 | 32): Kind {
  return {
    name,
    sections: seed => ({
      main: { bits, origin: new Random(seed + 2).below(0x1000), base: Layout.code },
      other: { bits: bits === 32 ? 16 : 32, origin: 0, base: Layout.otherCode },
      handlers: { bits: 32, origin: Layout.handlers, base: 0 },
    }),
    write: (seed, emphasis) => {
      const shape = shapeOf(seed);
      return writeProgram(dialect(bits, shape), seed, emphasis, w => {
        writeHandlers(w, shape.privilege === 0 && !shape.wideStack);
        transfers.writeGated(w);
      });
    },
    prepare(cpu: Cpu, labels: Labels, seed: number): void {
      const random = new Random(seed + 3);
      const shape = shapeOf(seed);
      writeGlobalTable(cpu, labels.handlers);
      writeInterruptTable(cpu, labels.handlers!, random);
      const short = lastOffset(labels.main ?? {}, random);
      const last = shape.tight ? lastOffset(labels.main ?? {}, random) : 0xbfff;
      writeDescriptor(
        cpu,
        Selector.programShort,
        descriptor(Layout.code, short, 0x9b | (shape.privilege << 5), bits === 32 ? 4 : 0),
      );
      writeSegments(cpu, bits, shape, last, labels.handlers?.gated ?? Layout.handlers);
      enter(cpu, bits, shape, last);
      Object.assign(cpu.state, { eip: labels.main?.main ?? 0, esp: stackOf(shape).top - 16, cpl: shape.privilege });
      cpu.state.eflags |= 0x3000;
      cpu.updateMode();
    },
  };
}

/** Within one of the program's functions. */
function lastOffset(labels: Readonly<Record<string, number>>, random: Random): number {
  const functions = Object.keys(labels).filter(name => name[0] === 'f');
  return functions.length > 0 ? labels[random.pick(functions)]! + random.below(64) : 0xbfff;
}

function writeSegments(cpu: Cpu, bits: 16 | 32, shape: Shape, last: number, gated: number): void {
  const { privilege, limit } = shape;
  const rights = privilege << 5;
  const stack = stackOf(shape);
  const code = bits === 32 ? 4 : 0;
  writeDescriptor(cpu, Selector.program, descriptor(Layout.code, last, 0x9b | rights, code));
  writeDescriptor(cpu, Selector.programAlias, descriptor(Layout.code, 0xbfff, 0x93 | rights, 4));
  writeDescriptor(cpu, Selector.programData, descriptor(Layout.data, limit, 0x93 | rights, bits === 32 ? 4 : 0));
  writeDescriptor(
    cpu,
    Selector.programStack,
    descriptor(stack.base, stack.limit, (shape.expandDown ? 0x97 : 0x93) | rights, stack.flags),
  );
  writeDescriptor(cpu, Selector.otherCode, descriptor(Layout.otherCode, 0xfff, 0x9b | rights, code ^ 4));
  writeDescriptor(cpu, Selector.callGate, gate(Selector.code, gated, 0xec));
}

function enter(cpu: Cpu, bits: 16 | 32, shape: Shape, last: number): void {
  const { privilege, limit } = shape;
  cpu.state.cr0 |= 1;
  const rights = privilege << 5;
  const code = bits === 32 ? 0x4000 : 0;
  const stack = stackOf(shape);
  const top = shape.expandDown && shape.wideStack ? -DEEP - 1 : stack.limit;
  const set = (number: number, selector: number, base: number, limit: number, access: number) =>
    cpu.setSegment(number, { selector: selector | privilege, base, limit, access: access | rights });
  set(Segment.cs, Selector.program, Layout.code, last, 0x9b | code);
  for (const number of [Segment.ds, Segment.es, Segment.gs])
    set(number, Selector.programData, Layout.data, limit, 0x93 | code);
  set(Segment.fs, Selector.programAlias, Layout.code, 0xbfff, 0x4093);
  set(Segment.ss, Selector.programStack, stack.base, top >>> 0, (shape.expandDown ? 0x97 : 0x93) | (stack.flags << 12));
}

export const protected16 = based('protected16', 16);
export const protected32 = based('protected32', 32);
