/** Transfers of control. Source: SDM vol. 2, JMP, Jcc, CALL, RET, LOOP, INT, IRET. Far transfers are services of the processor. */
import type { Builder, Form, Lifter } from '../builder.ts';
import { push, setStackPointer, stackTop } from './stack.ts';
import { setMasked } from './string.ts';

function jump<V>(b: Builder<V>, { size, operands: [target] }: Form): void {
  if (target!.kind === 'relative') {
    b.checkTarget(target!);
    b.jumpRelative(target!);
  } else {
    const eip = b.let(b.zeroExtend(b.read(target!), size));
    b.checkTarget(eip);
    b.jump(eip);
  }
}

function jumpIf<V>(b: Builder<V>, { condition, operands: [target] }: Form): void {
  b.if(b.condition(condition), () => {
    b.checkTarget(target!);
    b.jumpRelative(target!);
  });
}

function call<V>(b: Builder<V>, { size, operands: [target] }: Form): void {
  if (target!.kind === 'relative') {
    b.checkTarget(target!);
    push(b, b.nextEip(), size);
    b.jumpRelative(target!);
  } else {
    const eip = b.let(b.zeroExtend(b.read(target!), size));
    b.checkTarget(eip);
    push(b, b.nextEip(), size);
    b.jump(eip);
  }
}

function ret<V>(b: Builder<V>, { size, operands: [bytes] }: Form): void {
  const eip = b.let(b.load('ss', stackTop(b), size));
  b.checkTarget(eip);
  const above = b.add(b.register('esp'), b.k(size));
  setStackPointer(b, bytes ? b.add(above, b.read(bytes)) : above);
  b.jump(eip);
}

/** LOOP, LOOPZ, LOOPNZ: the count goes down without touching flags. */
function loop(also: 'z' | 'nz' | undefined): Lifter {
  return (b, { operands: [target] }) => {
    const mask = b.let(b.addressMask());
    const count = b.let(b.and(b.sub(b.register('ecx'), b.k(1)), mask));
    const more = b.ne(count, b.k(0));
    const taken = b.let(also ? b.and(more, b.condition(also)) : more);
    b.if(taken, () => b.checkTarget(target!));
    setMasked(b, 'ecx', count);
    b.if(taken, () => b.jumpRelative(target!));
  };
}

function jumpIfCountZero<V>(b: Builder<V>, { operands: [target] }: Form): void {
  b.if(b.eqz(b.and(b.register('ecx'), b.addressMask())), () => {
    b.checkTarget(target!);
    b.jumpRelative(target!);
  });
}

/** A far pointer in the instruction or in memory: selector and offset. */
function farPointer<V>(b: Builder<V>, { size, operands }: Form): { selector: V; offset: V } {
  const pointer = operands[operands.length - 1]!;
  if (pointer.kind !== 'memory') return { selector: b.readSelector(), offset: b.read(pointer) };
  const at = b.let(b.offset(pointer));
  const offset = b.let(b.load(pointer, at, size));
  const selector = b.let(b.load(pointer, b.let(b.offset(pointer, b.k(size))), 2));
  return { selector, offset };
}

function far(service: 'farJump' | 'farCall'): Lifter {
  return (b, form) => {
    const { selector, offset } = farPointer(b, form);
    b.service(service, selector, offset, b.k(form.size));
  };
}

/** LES, LDS, LSS, LFS, LGS: the segment is loaded first, as it may fault; the service then sets the register. */
function loadPointer(segment: number): Lifter {
  return (b, form) => {
    const { selector, offset } = farPointer(b, form);
    b.service(
      'loadFarPointer',
      b.or(b.shl(b.registerNumber(form.operands[0]!), b.k(8)), b.k(segment | (form.size << 4))),
      selector,
      offset,
    );
  };
}

const farReturn: Lifter = (b, { size, operands: [bytes] }) => {
  b.service('farReturn', bytes ? b.read(bytes) : b.k(0), b.k(size));
};

const interrupt: Lifter = (b, { operands: [vector] }) => b.service('interrupt', b.read(vector!));

/** BOUND: a signed index against the pair of bounds in memory. */
function bound<V>(b: Builder<V>, { size, operands: [index, pair] }: Form): void {
  const lower = b.let(b.signExtend(b.load(pair!, b.let(b.offset(pair!)), size), size));
  const upper = b.let(b.signExtend(b.load(pair!, b.let(b.offset(pair!, b.k(size))), size), size));
  const value = b.let(b.signExtend(b.read(index!), size));
  b.if(b.or(b.lts(value, lower), b.lts(upper, value)), () => b.raise('BR'));
}

export const control = {
  JMP: jump,
  Jcc: jumpIf,
  CALL: call,
  RET: ret,
  LOOP: loop(undefined),
  LOOPZ: loop('z'),
  LOOPNZ: loop('nz'),
  JCXZ: jumpIfCountZero,
  JMPF: far('farJump'),
  CALLF: far('farCall'),
  RETF: farReturn,
  LES: loadPointer(0),
  LSS: loadPointer(2),
  LDS: loadPointer(3),
  LFS: loadPointer(4),
  LGS: loadPointer(5),
  INT: interrupt,
  INT3: b => b.service('breakpoint', b.k(3)),
  INTO: b => b.if(b.condition('o'), () => b.service('breakpoint', b.k(4))),
  INT1: b => b.service('breakpoint', b.k(1)),
  IRET: (b, { size }) => b.service('interruptReturn', b.k(size)),
  BOUND: bound,
  UD1: b => b.raise('UD'),
  UD2: b => b.raise('UD'),
} satisfies Record<string, Lifter>;
