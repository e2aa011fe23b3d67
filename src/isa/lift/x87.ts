/**
 * x87 escapes and WAIT. What they mean is in src/cpu/fpu*.ts, on arithmetic of src/fpu: far too much to unroll into every form. So all
 * of them are one definition, and the service finds the instruction in its escape code.
 *
 * The code is the low three bits of the opcode and the ModRM byte, 11 bits; in bits 16-18 the operand size, for the environment's layouts.
 */
import type { Lifter, ServiceName } from '../builder.ts';

const escapeInstruction: Lifter = (b, { size, operands: [place] }) => {
  if (!place) return b.service('fpuRegister', b.escapeCode());
  b.service('fpuMemory', b.or(b.escapeCode(), b.k(size << 16)), b.let(b.offset(place)), b.special(place));
};

const extendedState =
  (service: ServiceName): Lifter =>
  (b, { operands: [place] }) =>
    b.service(service, b.let(b.offset(place!)), b.special(place!));

export const x87 = {
  ESC: escapeInstruction,
  FXSAVE: extendedState('saveExtended'),
  FXRSTOR: extendedState('restoreExtended'),
  WAIT: b => b.service('fpuWait'),
} satisfies Record<string, Lifter>;
