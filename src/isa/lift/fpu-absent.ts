/**
 * Escape opcodes on a processor without FPU. Source: SDM vol. 3, 2.5 (CR0.EM, MP, TS) and 9.2.
 *
 * With CR0.EM or CR0.TS set an escape raises #NM, so that software may emulate. Otherwise nothing answers: the
 * instruction does nothing beyond the processor's check of its memory operand, and a status or control word reads as the floating bus, all ones. Programs that probe for an FPU
 * (FNINIT, then FNSTSW and look for zero) find none.
 */
import type { Builder, Form, Lifter } from '../builder.ts';

const MP = 1 << 1;
const EM = 1 << 2;
const TS = 1 << 3;

function escapeToCoprocessor<V>(b: Builder<V>, { operands: [place] }: Form): void {
  b.if(b.and(b.state('cr0'), b.k(EM | TS)), () => b.raise('NM'));
  const code = b.let(b.escapeCode());
  // DF E0 is FNSTSW AX.
  if (place!.kind !== 'memory') {
    b.if(b.eq(code, b.k(0x7e0)), () => b.setRegister('ax', b.k(0xffff)));
    return;
  }
  b.probe(place!, b.let(b.offset(place!)), 2, false);
  // D9 /7 is FNSTCW m16, DD /7 FNSTSW m16.
  const storesWord = b.or(b.eq(b.and(code, b.k(0x738)), b.k(0x138)), b.eq(b.and(code, b.k(0x738)), b.k(0x538)));
  b.if(storesWord, () => b.store(place!, b.let(b.offset(place!)), 2, b.k(0xffff)));
}

function wait<V>(b: Builder<V>): void {
  const both = b.k(MP | TS);
  b.if(b.eq(b.and(b.state('cr0'), both), both), () => b.raise('NM'));
}

export const fpuAbsent = { ESC: escapeToCoprocessor, WAIT: wait } satisfies Record<string, Lifter>;
