/** PUSH, POP and their kin. Source: SDM vol. 2. The stack pointer's width is SS.B, through `stackMask`. */
import type { Builder, Form, Lifter, Size } from '../builder.ts';
import { ALWAYS_ONE, Flag, packFlags } from '../flags.ts';
import { General16, General32 } from '../registers.ts';

/** `offset` wrapped to the stack's width. */
export function wrapStack<V>(b: Builder<V>, offset: V): V {
  return b.form.addressing === 'flat' ? offset : b.and(offset, b.state('stackMask'));
}

/** ESP, or SP alone when the stack is 16 bits wide, becomes `value`. */
export function setStackPointer<V>(b: Builder<V>, value: V): void {
  b.setRegister('esp', wholePointer(b, value));
}

/** `value` as ESP would hold it: with a 16-bit stack, the high half of ESP stays. */
function wholePointer<V>(b: Builder<V>, value: V): V {
  if (b.form.addressing === 'flat') return value;
  const mask = b.let(b.state('stackMask'));
  return b.or(b.and(b.register('esp'), b.xor(mask, b.k(-1))), b.and(value, mask));
}

/** Offset of the current top of stack plus `displacement` bytes. */
export function stackTop<V>(b: Builder<V>, displacement = 0): V {
  return wrapStack(b, b.add(b.register('esp'), b.k(displacement)));
}

export function push<V>(b: Builder<V>, value: V, size: Size): void {
  const top = b.let(stackTop(b, -size));
  b.store('ss', top, size, value);
  setStackPointer(b, top);
}

/** The value on top of the stack; the pointer moves only when `release` is called, after whatever may fault. */
export function pop<V>(b: Builder<V>, size: Size): { value: V; release: () => void } {
  const value = b.let(b.load('ss', stackTop(b), size));
  const above = b.let(b.add(b.register('esp'), b.k(size)));
  return { value, release: () => setStackPointer(b, above) };
}

function pushOperand<V>(b: Builder<V>, { size, operands: [src] }: Form): void {
  push(b, b.let(b.read(src!)), size);
}

/** An address with (E)SP as base counts from the pointer already raised: the decoder has put that into the displacement. */
function popOperand<V>(b: Builder<V>, { size, operands: [dst] }: Form): void {
  if (dst!.kind === 'segment') {
    // The whole operand is read, two bytes of it count; the pointer moves once the segment is loaded.
    const selector = b.let(b.load('ss', stackTop(b), size));
    b.service('popSegment', b.special(dst!), selector, b.k(size));
    return;
  }
  const { value, release } = pop(b, size);
  if (dst!.kind === 'memory') {
    b.write(dst!, value);
    release();
  } else {
    // POP (E)SP keeps the value popped.
    release();
    b.write(dst!, value);
  }
}

function pushAll<V>(b: Builder<V>, { size }: Form): void {
  const names = size === 4 ? General32 : General16;
  const original = b.let(b.register('esp'));
  // Every slot in the order of the pushes, so that a fault names the first that fails: the stack may wrap and cross a page anywhere.
  for (let i = 1; i <= 8; i++) b.probe('ss', stackTop(b, -i * size), size, true);
  names.forEach((name, i) => {
    const value = name === 'esp' || name === 'sp' ? original : b.register(name);
    b.store('ss', wrapStack(b, b.add(original, b.k(-(i + 1) * size))), size, value);
  });
  setStackPointer(b, b.add(original, b.k(-8 * size)));
}

function popAll<V>(b: Builder<V>, { size }: Form): void {
  const names = size === 4 ? General32 : General16;
  const original = b.let(b.register('esp'));
  const inOrder = [...names].reverse();
  const values = inOrder.map((_, i) => b.let(b.load('ss', wrapStack(b, b.add(original, b.k(i * size))), size)));
  inOrder.forEach((name, i) => {
    if (name !== 'esp' && name !== 'sp') b.setRegister(name, values[i]!);
  });
  setStackPointer(b, b.add(original, b.k(8 * size)));
}

/**
 * VM and RF are pushed as zero. In virtual-8086 mode with IOPL below 3 and CR4.VME the image shows IOPL 3, and VIF in the place of IF. Source: SDM vol. 2,
 * PUSHF; vol. 3, 20.4.
 */
function pushFlags<V>(b: Builder<V>, { size }: Form): void {
  const restricted = flagsAreVirtual(b, size);
  const image = b.let(b.and(flagsImage(b), b.k(~(Flag.VM | Flag.RF))));
  const own = b.and(b.shr(b.state('eflags'), b.k(VIF_TO_IF)), b.k(Flag.IF));
  const virtual = b.or(b.or(b.and(image, b.k(~Flag.IF)), own), b.k(Flag.IOPL));
  push(b, b.let(b.select(restricted, virtual, image)), size);
}

/** VIF is bit 19, IF bit 9. */
const VIF_TO_IF = 10;

/** All of EFLAGS as a program sees it. */
export function flagsImage<V>(b: Builder<V>): V {
  return b.or(b.or(packFlags(b, b.flagWords()), b.state('eflags')), b.k(ALWAYS_ONE));
}

const VME = 1;

/**
 * Whether PUSHF and POPF see VIF for IF: in virtual-8086 mode with IOPL below 3. Without CR4.VME, or with a 32-bit operand, they are #GP(0) then.
 */
function flagsAreVirtual<V>(b: Builder<V>, size: Size): V {
  const eflags = b.let(b.state('eflags'));
  const virtual = b.ne(b.and(eflags, b.k(Flag.VM)), b.k(0));
  const low = b.ne(b.and(eflags, b.k(Flag.IOPL)), b.k(Flag.IOPL));
  const restricted = b.let(b.and(virtual, low));
  const refused = size === 4 ? restricted : b.and(restricted, b.eqz(b.and(b.state('cr4'), b.k(VME))));
  b.if(refused, () => b.raise('GP', 0));
  return restricted;
}

/**
 * Which bits may change depends on CPL, IOPL and mode: the service decides, and interrupts may become possible. Where VIF stands for IF, setting TF, or
 * IF while an interrupt is pending (VIP), is for the monitor: #GP(0).
 */
function popFlags<V>(b: Builder<V>, { size }: Form): void {
  const restricted = flagsAreVirtual(b, size);
  const { value, release } = pop(b, size);
  const pending = b.ne(b.and(b.state('eflags'), b.k(Flag.VIP)), b.k(0));
  const enables = b.and(pending, b.ne(b.and(value, b.k(Flag.IF)), b.k(0)));
  const traps = b.ne(b.and(value, b.k(Flag.TF)), b.k(0));
  b.if(b.and(restricted, b.or(enables, traps)), () => b.raise('GP', 0));
  release();
  b.service('setFlags', value, b.k(size));
}

/** Nesting level 0, what compilers emit, is done here; deeper levels copy frame pointers and are a service. */
function enter<V>(b: Builder<V>, { size, operands: [bytes, nesting] }: Form): void {
  const level = b.let(b.and(b.read(nesting!), b.k(31)));
  b.if(
    level,
    () => b.service('enterNested', level, b.read(bytes!), b.k(size)),
    () => {
      const top = b.let(stackTop(b, -size));
      const end = b.let(wrapStack(b, b.sub(top, b.read(bytes!))));
      b.probe('ss', top, size, true);
      b.probe('ss', end, size, true);
      b.store('ss', top, size, b.register(size === 4 ? 'ebp' : 'bp'));
      b.setRegister(size === 4 ? 'ebp' : 'bp', wholePointer(b, top));
      setStackPointer(b, end);
    },
  );
}

function leave<V>(b: Builder<V>, { size }: Form): void {
  const frame = b.let(b.register('ebp'));
  const value = b.let(b.load('ss', wrapStack(b, frame), size));
  setStackPointer(b, b.add(frame, b.k(size)));
  b.setRegister(size === 4 ? 'ebp' : 'bp', value);
}

export const stack = {
  PUSH: pushOperand,
  POP: popOperand,
  PUSHA: pushAll,
  POPA: popAll,
  PUSHF: pushFlags,
  POPF: popFlags,
  ENTER: enter,
  LEAVE: leave,
} satisfies Record<string, Lifter>;
