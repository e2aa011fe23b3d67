/** Data movement. Source: SDM vol. 2, MOV, MOVZX, MOVSX, LEA, XCHG, XLAT, CMOVcc, SETcc, CBW, CWD, flag moves. */
import type { Builder, Form, Lifter, Operand } from '../builder.ts';
import { Flag, packFlags, unpackFlags } from '../flags.ts';

function move<V>(b: Builder<V>, { operands: [dst, src] }: Form): void {
  b.write(dst!, b.read(src!));
}

/** MOV also stands for the moves to and from segment, control and debug registers. */
function moveAny<V>(b: Builder<V>, form: Form): void {
  const [dst, src] = form.operands as [Operand, Operand];
  if (dst.kind === 'segment') {
    b.service('loadSegment', b.special(dst), b.read(src));
  } else if (src.kind === 'segment' && dst.kind === 'memory') {
    // Memory receives the selector's two bytes at any operand size.
    b.write({ ...dst, size: 2 }, b.read(src));
  } else if (dst.kind === 'control' || dst.kind === 'debug') {
    b.if(b.ne(b.state('cpl'), b.k(0)), () => b.raise('GP', 0));
    b.service(dst.kind === 'control' ? 'moveToControl' : 'moveToDebug', b.special(dst), b.read(src));
  } else if (src.kind === 'control' || src.kind === 'debug') {
    b.if(b.ne(b.state('cpl'), b.k(0)), () => b.raise('GP', 0));
    b.service(src.kind === 'control' ? 'moveFromControl' : 'moveFromDebug', b.registerNumber(dst), b.special(src));
  } else {
    move(b, form);
  }
}

function moveSigned<V>(b: Builder<V>, { operands: [dst, src] }: Form): void {
  b.write(dst!, b.signExtend(b.read(src!), src!.size));
}

function loadEffectiveAddress<V>(b: Builder<V>, { operands: [dst, src] }: Form): void {
  b.write(dst!, b.offset(src!));
}

function exchange<V>(b: Builder<V>, { operands: [dst, src] }: Form): void {
  const y = b.let(b.read(src!));
  const x = b.let(b.readForWrite(dst!));
  b.write(dst!, y);
  b.write(src!, x);
}

/** AL = the byte at (E)BX + AL in the segment of the operand. */
function translate<V>(b: Builder<V>, { operands: [table] }: Form): void {
  const mask = b.addressMask();
  const offset = b.and(b.add(b.register('ebx'), b.register('al')), mask);
  b.setRegister('al', b.load(table!, offset, 1));
}

/** The source is read, and may fault, whatever the condition. */
function conditionalMove<V>(b: Builder<V>, { operands: [dst, src], condition }: Form): void {
  const value = b.let(b.read(src!));
  const old = b.let(b.read(dst!));
  b.write(dst!, b.select(b.condition(condition), value, old));
}

function setOnCondition<V>(b: Builder<V>, { operands: [dst], condition }: Form): void {
  b.write(dst!, b.condition(condition));
}

/** CBW and CWDE. */
function extendAccumulator<V>(b: Builder<V>, { size }: Form): void {
  if (size === 2) b.setRegister('ax', b.signExtend(b.register('al'), 1));
  else b.setRegister('eax', b.signExtend(b.register('ax'), 2));
}

/** CWD and CDQ. */
function extendIntoHigh<V>(b: Builder<V>, { size }: Form): void {
  if (size === 2) b.setRegister('dx', b.sar(b.signExtend(b.register('ax'), 2), b.k(15)));
  else b.setRegister('edx', b.sar(b.register('eax'), b.k(31)));
}

const AH_FLAGS = Flag.CF | Flag.PF | Flag.AF | Flag.ZF | Flag.SF;

function loadFlagsIntoAh<V>(b: Builder<V>): void {
  b.setRegister('ah', b.or(b.and(packFlags(b, b.flagWords()), b.k(AH_FLAGS)), b.k(2)));
}

function storeAhIntoFlags<V>(b: Builder<V>): void {
  const overflow = b.and(packFlags(b, b.flagWords()), b.k(Flag.OF));
  b.setFlagWords(unpackFlags(b, b.let(b.or(b.and(b.register('ah'), b.k(AH_FLAGS)), overflow))));
}

/** CF becomes `next` (0/1) of the old CF; OF stays, so bit 30 of the carry word turns with bit 31. */
function carryFlag(next: 'clear' | 'set' | 'complement'): Lifter {
  return b => {
    const { carry } = b.flagWords();
    const old = b.shr(carry, b.k(31));
    const turn = next === 'complement' ? b.k(1) : next === 'set' ? b.xor(old, b.k(1)) : old;
    b.setFlagWords({ carry: b.xor(carry, b.mul(turn, b.k(0xc0000000 | 0))) });
  };
}

function directionFlag(set: boolean): Lifter {
  return b => {
    const eflags = b.state('eflags');
    b.setState('eflags', set ? b.or(eflags, b.k(Flag.DF)) : b.and(eflags, b.k(~Flag.DF)));
  };
}

/** Undocumented: AL = CF ? FFh : 0. */
function setAlOnCarry<V>(b: Builder<V>): void {
  b.setRegister('al', b.sub(b.k(0), b.condition('b')));
}

const nothing: Lifter = () => {};

export const data = {
  MOV: moveAny,
  MOVZX: move,
  MOVSX: moveSigned,
  LEA: loadEffectiveAddress,
  XCHG: exchange,
  XLAT: translate,
  CMOVcc: conditionalMove,
  SETcc: setOnCondition,
  CBW: extendAccumulator,
  CWD: extendIntoHigh,
  LAHF: loadFlagsIntoAh,
  SAHF: storeAhIntoFlags,
  CLC: carryFlag('clear'),
  STC: carryFlag('set'),
  CMC: carryFlag('complement'),
  CLD: directionFlag(false),
  STD: directionFlag(true),
  SALC: setAlOnCarry,
  NOP: nothing,
} satisfies Record<string, Lifter>;
