/**
 * SIMD instructions by rows: what a register holds before and after, as one would check by hand. Vectors are written with the high element first. The
 * host's processor has the last word in native.test.ts; these rows say what the words are.
 */
import { describe, expect, it } from 'vitest';
import type { Cpu } from '../../src/cpu/cpu.ts';
import type { MakeEngine } from '../../src/cpu/engine.ts';
import { wasmEngine } from '../../src/cpu/engine.ts';
import { oracleEngine } from '../../src/cpu/oracle.ts';
import { approximateReciprocal, approximateRoot } from '../../src/cpu/simd-approximate.ts';
import { VectorUnit } from '../../src/cpu/simd-unit.ts';
import { mmxAddress, VECTOR_RESULT, xmmAddress } from '../../src/cpu/state.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { enterProtected, makeCpu, poke } from '../cpu/rig.ts';

const CODE = 0x1000;
const DATA = 0x2000;

/** Doublewords, high first, of a vector written as hexadecimal elements of any width. */
function words(text: string, bytes: 8 | 16): number[] {
  const digits = text.replaceAll(' ', '').padStart(bytes * 2, '0');
  return Array.from({ length: bytes / 4 }, (_, i) => Number.parseInt(digits.slice(i * 8, i * 8 + 8), 16)).reverse();
}

const float = (view: 'f32' | 'f64', ...values: number[]): string =>
  values
    .map(value => {
      const data = new DataView(new ArrayBuffer(8));
      if (view === 'f32') data.setFloat32(0, value);
      else data.setFloat64(0, value);
      return [0, 4]
        .slice(0, view === 'f32' ? 1 : 2)
        .map(at => data.getUint32(at).toString(16).padStart(8, '0'))
        .join('');
    })
    .join(' ');
const ps = (...values: number[]) => float('f32', ...values);
const pd = (...values: number[]) => float('f64', ...values);

interface Start {
  readonly eax?: number;
  readonly mxcsr?: number;
}

/** One processor an engine: making one takes longer than all its rows. */
const processors = new Map<MakeEngine, Cpu>();

function processorOf(engine: MakeEngine): Cpu {
  const cpu = processors.get(engine) ?? makeCpu({ engine });
  processors.set(engine, cpu);
  cpu.reset();
  return cpu;
}

/** Runs `code` with register 1 and memory at [edx] (and register 2) given; register 1, EAX and MXCSR after. */
function run(engine: MakeEngine, code: string, first: string, second: string, start: Start = {}) {
  const cpu = processorOf(engine);
  enterProtected(cpu);
  const { state } = cpu;
  state.cr4 = 0x600;
  state.edx = DATA;
  state.eax = start.eax ?? 0;
  state.mxcsr = start.mxcsr ?? 0x1f80;
  state.eip = CODE;
  const mmx = /\bmm\d/.test(code);
  const bytes = mmx ? 8 : 16;
  const at = (register: number): number => (mmx ? mmxAddress(register) : xmmAddress(register)) >> 2;
  cpu.words.set(words(first, bytes), at(1));
  cpu.words.set(words(second, bytes), at(2));
  for (const [i, word] of words(second, bytes).entries()) cpu.writePhysical(DATA + 4 * i, word, 4);
  poke(cpu, CODE, assemble(`${code}; hlt`, 32, CODE).bytes);
  cpu.run(10);
  const after = Array.from({ length: bytes / 4 }, (_, i) =>
    (cpu.words[at(1) + i]! >>> 0).toString(16).padStart(8, '0'),
  );
  return {
    register: after.reverse().join(''),
    eax: state.eax >>> 0,
    flags: state.mxcsr & 63,
    eflags: cpu.eflags & 0x8d5,
  };
}

const engines = [
  ['interpreter', wasmEngine],
  ['oracle', oracleEngine],
] as const;

const A = '0123456789abcdef fedcba9876543210';
const B = '00112233445566778899aabbccddeeff';

describe.each(engines)('packed integers and moves: %s', (_name, engine) => {
  it.each([
    ['paddb xmm1, xmm2', '7f ff 01 80', '01 01 01 80', '80 00 02 00'],
    ['paddsb mm1, mm2', '7f ff 01 80', '01 01 01 80', '7f 00 02 80'],
    ['paddusb mm1, mm2', '7f ff 01 80', '01 01 01 80', '80 ff 02 ff'],
    ['paddw mm1, [edx]', 'ffff 7fff', '0001 0001', '0000 8000'],
    ['paddsw xmm1, [edx]', 'ffff 7fff', '0001 0001', '0000 7fff'],
    ['paddusw xmm1, xmm2', 'ffff 7fff', '0001 0001', 'ffff 8000'],
    ['paddd mm1, mm2', 'ffffffff 7fffffff', '00000001 00000001', '00000000 80000000'],
    ['paddq mm1, mm2', '00000000ffffffff', '0000000000000001', '0000000100000000'],
    ['psubb mm1, mm2', '00 80', '01 01', 'ff 7f'],
    ['psubsb mm1, mm2', '00 80', '01 01', 'ff 80'],
    ['psubusb mm1, mm2', '00 80', '01 01', '00 7f'],
    ['psubw mm1, mm2', '0000 8000', '0001 0001', 'ffff 7fff'],
    ['psubsw mm1, mm2', '0000 8000', '0001 0001', 'ffff 8000'],
    ['psubusw mm1, mm2', '0000 8000', '0001 0001', '0000 7fff'],
    ['psubd mm1, mm2', '00000000', '00000001', 'ffffffff'],
    ['psubq xmm1, xmm2', '0000000100000000', '0000000000000001', '00000000ffffffff'],
    ['pavgb mm1, mm2', '00 ff 01', '01 ff 02', '01 ff 02'],
    ['pavgw mm1, mm2', 'ffff 0001', 'fffe 0002', 'ffff 0002'],
    ['pminub mm1, mm2', '00 ff', '01 01', '00 01'],
    ['pmaxub mm1, mm2', '00 ff', '01 01', '01 ff'],
    ['pminsw mm1, mm2', '8000 0001', '0001 ffff', '8000 ffff'],
    ['pmaxsw mm1, mm2', '8000 0001', '0001 ffff', '0001 0001'],
    ['pcmpeqb mm1, mm2', '11 22 33 44', '11 23 33 45', 'ffffffff ff 00 ff 00'],
    ['pcmpeqw mm1, mm2', '1122 3344', '1122 3345', 'ffffffff ffff 0000'],
    ['pcmpeqd xmm1, xmm2', '11223344', '11223345', 'ffffffff ffffffff ffffffff 00000000'],
    ['pcmpgtb mm1, mm2', '01 80', '00 00', 'ff 00'],
    ['pcmpgtw mm1, mm2', '0001 8000', '0000 0000', 'ffff 0000'],
    ['pcmpgtd mm1, mm2', '00000001 80000000', '0000000000000000', 'ffffffff 00000000'],
    ['pmullw mm1, mm2', '1234 ffff', '0010 ffff', '2340 0001'],
    ['pmulhw mm1, mm2', '4000 ffff', '0010 0002', '0004 ffff'],
    ['pmulhuw mm1, mm2', '4000 ffff', '0010 0002', '0004 0001'],
    ['pmuludq mm1, mm2', '00000000ffffffff', '00000000ffffffff', 'fffffffe00000001'],
    ['pmaddwd mm1, mm2', '0002 0003 8000 8000', '0004 ffff 8000 8000', '00000005 80000000'],
    ['psadbw mm1, mm2', '00 ff 01 02 03 04 05 06', '01 00 01 02 03 04 05 06', '0100'],
    ['pand mm1, mm2', 'ff00ff00', '0ff00ff0', '0f000f00'],
    ['pandn mm1, mm2', 'ff00ff00', '0ff00ff0', '00f000f0'],
    ['por mm1, mm2', 'ff00ff00', '0ff00ff0', 'fff0fff0'],
    ['pxor xmm1, xmm1', A, B, '0'],
    ['psllw mm1, 4', '1234 8001', '0', '2340 0010'],
    ['pslld mm1, mm2', '80000001', '1f', '80000000'],
    ['pslld mm1, mm2', '80000001', '20', '0'],
    ['psllq xmm1, 8', A, '0', '23456789abcdef00 dcba987654321000'],
    ['psrlw xmm1, xmm2', '8000', '10000000f', '0'],
    ['psrld mm1, 31', '80000000 7fffffff', '0', '00000001 00000000'],
    ['psrlq mm1, 63', '8000000000000000', '0', '1'],
    ['psraw mm1, 20', '8000 7fff', '0', 'ffff 0000'],
    ['psrad mm1, 1', '80000000', '0', 'c0000000'],
    ['pslldq xmm1, 2', A, '0', '456789abcdeffedcba98765432100000'],
    ['psrldq xmm1, 15', A, '0', '01'],
    ['psrldq xmm1, 16', A, '0', '0'],
    ['packsswb mm1, mm2', '0080 ff7f 0001 ffff', '7fff 8000 0000 007f', '7f80007f 7f8001ff'],
    ['packuswb mm1, mm2', '0100 ffff 0001 00ff', '7fff 8000 0000 007f', 'ff00007f ff0001ff'],
    ['packssdw mm1, mm2', '00008000 ffff7fff', '00000001 ffffffff', '0001ffff 7fff8000'],
    ['punpcklbw mm1, mm2', '0123456789abcdef', '0011223344556677', '448955ab66cd77ef'],
    ['punpckhwd mm1, mm2', '0123456789abcdef', '0011223344556677', '0011012322334567'],
    ['punpckldq mm1, [edx]', '0123456789abcdef', '0011223344556677', '4455667789abcdef'],
    ['punpckhqdq xmm1, xmm2', A, B, '0011223344556677 0123456789abcdef'],
    ['pshufw mm1, mm2, 27', '0', '0123456789abcdef', 'cdef89ab45670123'],
    ['pshufd xmm1, xmm2, 0', '0', B, 'ccddeeffccddeeffccddeeffccddeeff'],
    ['pshuflw xmm1, [edx], 27', '0', B, '0011223344556677 eeffccddaabb8899'],
    ['pshufhw xmm1, [edx], 27', '0', B, '6677445522330011 8899aabbccddeeff'],
    ['shufps xmm1, xmm2, 228', A, B, '0011223344556677 fedcba9876543210'],
    ['shufpd xmm1, xmm2, 1', A, B, '8899aabbccddeeff 0123456789abcdef'],
    ['unpcklps xmm1, xmm2', A, B, '8899aabb fedcba98 ccddeeff 76543210'],
    ['unpckhpd xmm1, xmm2', A, B, '0011223344556677 0123456789abcdef'],
    ['movaps xmm1, [edx]', A, B, B],
    ['movss xmm1, xmm2', A, B, '0123456789abcdef fedcba98ccddeeff'],
    ['movss xmm1, dword [edx]', A, B, 'ccddeeff'],
    ['movsd xmm1, xmm2', A, B, '0123456789abcdef 8899aabbccddeeff'],
    ['movsd xmm1, qword [edx]', A, B, '8899aabbccddeeff'],
    ['movq xmm1, xmm2', A, B, '8899aabbccddeeff'],
    ['movlps xmm1, [edx]', A, B, '0123456789abcdef 8899aabbccddeeff'],
    ['movhps xmm1, [edx]', A, B, '8899aabbccddeeff fedcba9876543210'],
    ['movhlps xmm1, xmm2', A, B, '0123456789abcdef 0011223344556677'],
    ['movlhps xmm1, xmm2', A, B, '8899aabbccddeeff fedcba9876543210'],
    ['movsldup xmm1, xmm2', A, B, '4455667744556677 ccddeeffccddeeff'],
    ['movshdup xmm1, xmm2', A, B, '0011223300112233 8899aabb8899aabb'],
    ['movddup xmm1, xmm2', A, B, '8899aabbccddeeff 8899aabbccddeeff'],
    ['movd xmm1, eax', A, B, '12345678'],
    ['movd mm1, eax', 'ffffffffffffffff', '0', '12345678'],
    ['pinsrw xmm1, eax, 7', A, B, '5678456789abcdef fedcba9876543210'],
    ['pshufb xmm1, xmm2', A, '8001 00000000000000000000000000 0f', '0032101010101010 1010101010101001'],
    ['palignr xmm1, xmm2, 4', A, B, '76543210 0011223344556677 8899aabb'],
    ['palignr mm1, mm2, 16', '0123456789abcdef', '0011223344556677', '0'],
    ['phaddw mm1, mm2', '0001 0002 ffff 0001', '0003 0004 0005 0006', '0007 000b 0003 0000'],
    ['phsubsw mm1, mm2', '0001 8000 0000 0000', '0 ', '0000 0000 8000 0000'],
    ['pmaddubsw mm1, mm2', 'ff ff 01 02', '7f 7f ff 03', '7fff 0005'],
    ['psignw mm1, mm2', '0001 8000 0003', 'ffff ffff 0000', 'ffff 8000 0000'],
    ['pmulhrsw mm1, mm2', '4000 8000', '4000 8000', '2000 8000'],
    ['pabsw mm1, mm2', '0', '8000 ffff 0001', '8000 0001 0001'],
  ])('%s  %s  %s  ->  %s', (code, first, second, expected) => {
    const bytes = /\bmm\d/.test(code) ? 8 : 16;
    const { register } = run(engine, code, first, second, { eax: 0x12345678 });
    expect(register).toBe(expected.replaceAll(' ', '').padStart(bytes * 2, '0'));
  });

  it.each([
    ['pmovmskb eax, xmm1', A, 0b0000_1111_1111_0000],
    ['movmskps eax, xmm1', A, 0b0110],
    ['movmskpd eax, xmm1', A, 0b01 ^ 0b00],
    ['pextrw eax, xmm1, 6', A, 0x4567],
    ['movd eax, xmm1', A, 0x76543210],
    ['cvtss2si eax, xmm1', ps(2.5), 2],
    ['cvttsd2si eax, xmm1', pd(-2.9), 0xfffffffe],
    ['cvtsd2si eax, xmm1', pd(3e9), 0x80000000],
  ])('%s  %s  ->  %i', (code, first, expected) => {
    expect(run(engine, code, first, '0').eax).toBe(expected);
  });
});

const IE = 1;
const DE = 2;
const ZE = 4;
const OE = 8;
const UE = 16;
const PE = 32;
const DOWN = 0x3f80;
const UP = 0x5f80;
const ZERO = 0x7f80;
const FTZ = 0x9f80;
const DAZ = 0x1fc0;

describe.each(engines)('floating point: %s', (_name, engine) => {
  it.each([
    ['addps xmm1, xmm2', ps(1, 2, 3, 4), ps(0.5, 0.25, -3, 1e10), ps(1.5, 2.25, 0, 1e10 + 4), PE],
    ['subsd xmm1, xmm2', pd(7, 1), pd(9, 0.75), pd(7, 0.25), 0],
    ['mulps xmm1, [edx]', ps(1, 2, 3, 4), ps(2, 2, 2, 2), ps(2, 4, 6, 8), 0],
    ['divsd xmm1, xmm2', pd(0, 1), pd(0, 3), pd(0, 1 / 3), PE],
    ['divss xmm1, xmm2', ps(1), ps(0), '7f800000', ZE],
    ['divss xmm1, xmm2', ps(0), ps(0), 'ffc00000', IE],
    ['sqrtsd xmm1, xmm2', '0', pd(2), pd(Math.SQRT2), PE],
    ['sqrtps xmm1, xmm2', '0', ps(4, 9, 16, 0.25), ps(2, 3, 4, 0.5), 0],
    ['sqrtss xmm1, xmm2', '0', ps(-1), 'ffc00000', IE],
    ['mulsd xmm1, xmm2', pd(1e308), pd(10), '7ff0000000000000', OE | PE],
    ['mulss xmm1, xmm2', ps(2 ** -100), ps(2 ** -40), '00000200', 0],
    ['mulss xmm1, xmm2', ps(2 ** -100), ps(1.1 * 2 ** -49), '00000001', UE | PE],
    ['addss xmm1, xmm2', '00000001', ps(1), ps(1), DE | PE],
    // First operand's NaN, quiet; the signalling one sets IE.
    ['addss xmm1, xmm2', '7fc00001', '7f800002', '7fc00001', IE],
    ['addss xmm1, xmm2', '7f800002', '7fc00001', '7fc00002', IE],
    ['addss xmm1, xmm2', '3f800000', 'ffc00005', 'ffc00005', 0],
    ['subss xmm1, xmm2', '7f800000', '7f800000', 'ffc00000', IE],
    // MIN and MAX give the source for zeros and NaNs.
    ['minss xmm1, xmm2', '80000000', '00000000', '00000000', 0],
    ['maxss xmm1, xmm2', '7fc00001', '3f800000', '3f800000', IE],
    ['maxss xmm1, xmm2', '3f800000', '7f800001', '7f800001', IE],
    ['cmpss xmm1, xmm2, 0', ps(1), ps(1), 'ffffffff', 0],
    ['cmpss xmm1, xmm2, 1', ps(1), '7fc00000', '0', IE],
    ['cmpss xmm1, xmm2, 3', ps(1), '7fc00000', 'ffffffff', 0],
    ['cmppd xmm1, xmm2, 6', pd(1, 2), pd(2, 1), `${'0'.repeat(16)}ffffffffffffffff`, 0],
    ['haddpd xmm1, xmm2', pd(1, 2), pd(3, 4), pd(7, 3), 0],
    ['hsubps xmm1, xmm2', ps(1, 2, 3, 4), ps(5, 6, 7, 9), ps(1, 2, 1, 1), 0],
    ['addsubps xmm1, xmm2', ps(1, 2, 3, 4), ps(1, 1, 1, 1), ps(2, 1, 4, 3), 0],
    ['cvtss2sd xmm1, xmm2', A, '00000001', `${A.slice(0, 16)}36a0000000000000`, DE],
    ['cvtsd2ss xmm1, xmm2', '0', pd(0.1), ps(0.1), PE],
    ['cvtpd2ps xmm1, xmm2', A, pd(1e300, 1), `${'0'.repeat(16)}7f800000${ps(1)}`, OE | PE],
    ['cvtps2pd xmm1, xmm2', A, ps(9, 9, 1.5, -2), pd(1.5, -2), 0],
    ['cvtdq2ps xmm1, xmm2', '0', '7fffffff 80000000 00000001 ffffffff', ps(2 ** 31, -(2 ** 31), 1, -1), PE],
    ['cvttps2dq xmm1, xmm2', '0', ps(1.9, -1.9, 3e9, 0), '00000001 ffffffff 80000000 00000000', IE | PE],
    ['cvtpd2dq xmm1, xmm2', A, pd(2.5, 3.5), '00000002 00000004', PE],
    ['rcpss xmm1, xmm2', '0', '80000000', 'ff800000', 0],
    ['rsqrtss xmm1, xmm2', '0', ps(-1), 'ffc00000', 0],
  ])('%s  %s  %s  ->  %s', (code, first, second, expected, flags) => {
    const after = run(engine, code, first, second);
    expect(after.register).toBe(expected.replaceAll(' ', '').padStart(32, '0'));
    expect(after.flags).toBe(flags);
  });

  it.each([
    ['addss xmm1, xmm2', ps(1), ps(2 ** -30), UP, '3f800001', PE],
    ['addss xmm1, xmm2', ps(1), ps(-(2 ** -30)), DOWN, '3f7fffff', PE],
    ['addss xmm1, xmm2', ps(1), ps(2 ** -30), ZERO, '3f800000', PE],
    ['subss xmm1, xmm2', ps(1), ps(1), DOWN, '80000000', 0],
    ['divsd xmm1, xmm2', pd(1), pd(3), UP, '3fd5555555555556', PE],
    ['sqrtsd xmm1, xmm2', '0', pd(2), DOWN, '3ff6a09e667f3bcc', PE],
    ['mulss xmm1, xmm2', ps(3e38), ps(10), ZERO, '7f7fffff', OE | PE],
    ['mulss xmm1, xmm2', ps(2 ** -100), ps(2 ** -40), FTZ, '0', UE | PE],
    ['mulss xmm1, xmm2', ps(-(2 ** -100)), ps(2 ** -40), FTZ, '80000000', UE | PE],
    ['addss xmm1, xmm2', '00000001', ps(1), DAZ, ps(1), 0],
    ['maxss xmm1, xmm2', '80000002', '80000001', DAZ, '80000000', 0],
    ['cvtss2si eax, xmm1', ps(2.1), '0', UP, ps(2.1), PE],
  ])('%s  %s  %s  MXCSR %i  ->  %s', (code, first, second, mxcsr, expected, flags) => {
    const after = run(engine, code, first, second, { mxcsr });
    expect(after.register).toBe(expected.padStart(32, '0'));
    expect(after.flags).toBe(flags);
  });

  it.each([
    ['comiss', ps(1), ps(2), 0x01, 0],
    ['comiss', ps(2), ps(2), 0x40, 0],
    ['ucomiss', ps(3), ps(2), 0x00, 0],
    ['ucomiss', ps(3), '7fc00000', 0x45, 0],
    ['comiss', ps(3), '7fc00000', 0x45, IE],
    ['ucomisd', pd(3), '7ff0000000000001', 0x45, IE],
  ])('%s  %s  %s  ->  flags %i', (mnemonic, first, second, eflags, flags) => {
    const after = run(engine, `${mnemonic} xmm1, xmm2`, first, second);
    expect([after.eflags, after.flags]).toEqual([eflags, flags]);
  });
});

describe('RCP and RSQRT', () => {
  it.each([
    ['RCPSS', approximateReciprocal('SS'), (x: number) => 1 / x],
    ['RSQRTSS', approximateRoot('SS'), (x: number) => 1 / Math.sqrt(x)],
  ] as const)('%s stays within 1.5 * 2^-12', (_mnemonic, operation, exact) => {
    const unit = new VectorUnit(new ArrayBuffer(0x1000));
    let worst = 0;
    for (let i = 0; i < 50_000; i++) {
      const x = Math.fround((1 + ((i * 0.6180339887) % 1)) * 2 ** ((i % 40) - 20));
      unit.f32[0] = x;
      operation(unit, 0, 0);
      worst = Math.max(worst, Math.abs(unit.f32[VECTOR_RESULT >> 2]! / exact(x) - 1));
    }
    expect(worst).toBeGreaterThan(2 ** -13);
    expect(worst).toBeLessThan(1.5 * 2 ** -12);
  });
});
