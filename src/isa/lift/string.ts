/**
 * String instructions and REP. Source: SDM vol. 2, MOVS, CMPS, STOS, LODS, SCAS, INS, OUTS, REP.
 * Each iteration is complete in itself (registers moved on, rCX counted down), so a fault or an interrupt between two leaves a state
 * from which the instruction goes on. Address size decides between SI and ESI, CX and ECX.
 */
import type { Builder, Form, Lifter, Operand } from '../builder.ts';

/** rSI or rDI moves on by the operand size, up or down by DF. */
function advance<V>(b: Builder<V>, register: 'esi' | 'edi', size: number): void {
  const down = b.and(b.shr(b.state('eflags'), b.k(10)), b.k(1));
  const delta = b.sub(b.k(size), b.mul(down, b.k(2 * size)));
  setMasked(b, register, b.add(b.register(register), delta));
}

/** Sets as much of a register as the address size covers. */
export function setMasked<V>(b: Builder<V>, register: 'esi' | 'edi' | 'ecx', value: V): void {
  const mask = b.let(b.addressMask());
  b.setRegister(register, b.or(b.and(b.register(register), b.xor(mask, b.k(-1))), b.and(value, mask)));
}

function advanceOperands<V>(b: Builder<V>, operands: readonly Operand[]): void {
  for (const { kind, size } of operands) {
    if (kind === 'source') advance(b, 'esi', size);
    if (kind === 'destination') advance(b, 'edi', size);
  }
}

/** An instruction whose REP just counts. */
function transfer(): Lifter {
  return (b, form) => {
    const [dst, src] = form.operands;
    const once = () => {
      b.write(dst!, b.let(b.read(src!)));
      advanceOperands(b, form.operands);
    };
    if (form.repeat === 'none') once();
    else b.repeat(once);
  };
}

/** CMPS and SCAS: first operand minus second; REPE ends on inequality, REPNE on equality. */
function compareStrings<V>(b: Builder<V>, form: Form): void {
  const [first, second] = form.operands;
  const once = () => {
    const x = b.let(b.read(first!));
    const y = b.let(b.read(second!));
    advanceOperands(b, form.operands);
    b.flags('sub', form.size, x, y, b.let(b.sub(x, y)));
  };
  if (form.repeat === 'none') once();
  else b.repeat(once, () => b.condition(form.repeat === 'rep' ? 'nz' : 'z'));
}

/** INS and OUTS go through the I/O service one element at a time; REP restarts the instruction until rCX is zero. */
function stringIo(direction: 'stringIn' | 'stringOut'): Lifter {
  return (b, form) => {
    const memory = form.operands[direction === 'stringIn' ? 0 : 1]!;
    b.service(direction, b.special(memory), b.addressMask(), b.k(form.size | (form.repeat === 'none' ? 0 : 0x100)));
  };
}

export const string = {
  MOVS: transfer(),
  STOS: transfer(),
  LODS: transfer(),
  CMPS: compareStrings,
  SCAS: compareStrings,
  INS: stringIo('stringIn'),
  OUTS: stringIo('stringOut'),
} satisfies Record<string, Lifter>;
