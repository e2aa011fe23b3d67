/** All definitions of instructions, by mnemonic of the opcode map. */
import type { Lifter } from '../builder.ts';
import { arithmetic } from './arithmetic.ts';
import { bcd } from './bcd.ts';
import { bits } from './bits.ts';
import { control } from './control.ts';
import { data } from './data.ts';
import { multiply } from './multiply.ts';
import { shift } from './shift.ts';
import { simd } from './simd.ts';
import { stack } from './stack.ts';
import { string } from './string.ts';
import { system } from './system.ts';
import { x87 } from './x87.ts';

export const Lifters: Readonly<Record<string, Lifter>> = {
  ...arithmetic,
  ...multiply,
  ...shift,
  ...bits,
  ...bcd,
  ...data,
  ...stack,
  ...string,
  ...control,
  ...system,
  ...simd,
  ...x87,
};
