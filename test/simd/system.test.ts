/** Who may use SIMD instructions, and in what order things go wrong: rows of control bits and faults. */
import { describe, expect, it } from 'vitest';
import { fpuRegisterAddress, xmmAddress } from '../../src/cpu/state.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { enterProtected, makeCpu, poke, pokeWords } from '../cpu/rig.ts';

const CODE = 0x1000;
const DATA = 0x2000;
const IDT = 0x3000;
const HANDLERS = 0x4000;
const [UD, NM, GP, MF, XM] = [6, 7, 13, 16, 19];
const [EM, TS] = [4, 8];
const OSFXSR = 0x200;
const OSXMMEXCPT = 0x400;

interface Setting {
  readonly cr0?: number;
  readonly cr4?: number;
  readonly mxcsr?: number;
  readonly fpuStatus?: number;
}

function start(code: string, { cr0 = 0, cr4 = OSFXSR | OSXMMEXCPT, mxcsr = 0x1f80, fpuStatus = 0 }: Setting) {
  const cpu = makeCpu();
  pokeWords(cpu, 0x800, [0, 0, 0xffff, 0xcf9b00, 0xffff, 0xcf9300]);
  for (let vector = 0; vector < 32; vector++) {
    pokeWords(cpu, IDT + vector * 8, [(8 << 16) | (HANDLERS + vector), 0x8e00]);
    poke(cpu, HANDLERS + vector, [0xf4]);
  }
  enterProtected(cpu);
  const { state } = cpu;
  Object.assign(state, { gdtBase: 0x800, gdtLimit: 0x17, idtBase: IDT, idtLimit: 0xff, esp: 0x8000, edx: DATA });
  // CR0.NE: a pending x87 exception is #MF.
  state.cr0 |= cr0 | 0x20;
  Object.assign(state, { cr4, mxcsr, eip: CODE });
  cpu.fpu.status = fpuStatus;
  cpu.fpu.tags = 0;
  poke(cpu, CODE, assemble(`${code}; hlt`, 32, CODE).bytes);
  return cpu;
}

/** The vector the instruction raised, or 'none'. */
function vectorOf(cpu: ReturnType<typeof start>): number | 'none' {
  cpu.run(10);
  const handler = cpu.state.eip - HANDLERS - 1;
  return handler >= 0 && handler < 32 ? handler : 'none';
}

describe('who may use SIMD instructions', () => {
  it.each([
    ['movaps xmm0, xmm1', {}, 'none'],
    ['movaps xmm0, xmm1', { cr4: 0 }, UD],
    ['movaps xmm0, xmm1', { cr0: EM }, UD],
    ['movaps xmm0, xmm1', { cr0: TS }, NM],
    ['movaps xmm0, xmm1', { cr0: TS, cr4: 0 }, UD],
    ['ldmxcsr [edx]', { cr4: 0 }, UD],
    ['stmxcsr [edx]', { cr0: TS }, NM],
    ['paddb mm0, mm1', { cr4: 0 }, 'none'],
    ['paddb mm0, mm1', { cr0: EM }, UD],
    ['paddb mm0, mm1', { cr0: TS }, NM],
    ['pavgb mm0, mm1', { cr4: 0 }, 'none'],
    ['paddb mm0, mm1', { fpuStatus: 0x80 }, MF],
    ['emms', { fpuStatus: 0x80 }, MF],
    ['cvtpi2ps xmm0, mm1', { fpuStatus: 0x80 }, MF],
    ['movaps xmm0, xmm1', { fpuStatus: 0x80 }, 'none'],
    ['movdq2q mm0, xmm1', { cr4: 0 }, UD],
    // What touches no register of theirs asks for nothing.
    ['movnti [edx], eax', { cr0: EM | TS, cr4: 0 }, 'none'],
    ['sfence', { cr0: EM | TS, cr4: 0 }, 'none'],
    ['prefetchnta [edx]', { cr0: EM | TS, cr4: 0 }, 'none'],
    // Alignment, after all that.
    ['movaps xmm0, [edx+8]', {}, GP],
    ['movaps xmm0, [edx+8]', { cr0: TS }, NM],
    ['movups xmm0, [edx+8]', {}, 'none'],
    ['addps xmm0, [edx+4]', {}, GP],
    ['addss xmm0, dword [edx+1]', {}, 'none'],
    ['movntps [edx+8], xmm0', {}, GP],
    ['movdqu [edx+1], xmm0', {}, 'none'],
    ['pxor mm0, [edx+1]', {}, 'none'],
  ] as const)('%s  %o  ->  %s', (code, setting, expected) => expect(vectorOf(start(code, setting))).toBe(expected));
});

describe('SIMD exceptions', () => {
  it.each([
    // 1 / 0 with the zero-divide mask clear.
    ['divss xmm0, xmm1', { mxcsr: 0x1d80 }, XM, 0x1d84],
    ['divss xmm0, xmm1', { mxcsr: 0x1d80, cr4: OSFXSR }, UD, 0x1d84],
    ['divss xmm0, xmm1', { mxcsr: 0x1f80 }, 'none', 0x1f84],
    // A flag that is set already raises nothing.
    ['movaps xmm2, xmm1', { mxcsr: 0x003f }, 'none', 0x003f],
    ['comiss xmm0, xmm2', { mxcsr: 0x1f00 }, XM, 0x1f01],
  ] as const)('%s  %o  ->  %s', (code, setting, expected, mxcsr) => {
    const cpu = start(code, setting);
    const at = xmmAddress(0) >> 2;
    cpu.words[at] = 0x3f800000;
    cpu.words[xmmAddress(2) >> 2] = 0x7fc00000;
    const flags = cpu.eflags;
    expect(vectorOf(cpu)).toBe(expected);
    expect(cpu.state.mxcsr).toBe(mxcsr);
    if (expected !== 'none') {
      expect(cpu.words[at]).toBe(0x3f800000);
      expect(cpu.eflags & 0x8d5).toBe(flags & 0x8d5);
    }
  });

  it('bits of MXCSR that do not exist are #GP, and nothing is loaded', () => {
    const cpu = start('ldmxcsr [edx]', {});
    cpu.writePhysical(DATA, 0x10000, 4);
    expect(vectorOf(cpu)).toBe(GP);
    expect(cpu.state.mxcsr).toBe(0x1f80);
  });
});

describe('MMX and the x87 stack', () => {
  const TOP3 = 3 << 11;
  it.each([
    // [code, TOP after, tags after, exponent of R1 after]
    ['paddb mm1, mm2', 0, 0xff, 0xffff],
    ['movd eax, mm1', 0, 0xff, 0],
    ['movq [edx], mm1', 0, 0xff, 0],
    ['emms', 0, 0, 0],
    ['movaps xmm1, xmm2', 3, 0, 0],
    ['cvtpi2pd xmm1, [edx]', 3, 0, 0],
    ['cvtpi2pd xmm1, mm1', 0, 0xff, 0],
  ])('%s', (code, top, tags, exponent) => {
    const cpu = start(code, { fpuStatus: TOP3 });
    expect(vectorOf(cpu)).toBe('none');
    expect(cpu.fpu.top).toBe(top);
    expect(cpu.fpu.tags).toBe(tags);
    expect(cpu.view.getUint16(fpuRegisterAddress(1) + 8, true)).toBe(exponent);
  });
});

describe('FXSAVE and FXRSTOR', () => {
  const fill = (cpu: ReturnType<typeof start>): void => {
    for (let i = 0; i < 32; i++) cpu.words[(xmmAddress(0) >> 2) + i] = 0x1000 + i;
  };

  it.each([
    [OSFXSR, 0x1f80, 0xffff, 0x1000],
    [0, 0, 0, 0],
  ])('with CR4 %i', (cr4, mxcsr, mask, first) => {
    const cpu = start('fxsave [edx]', { cr4 });
    fill(cpu);
    expect(vectorOf(cpu)).toBe('none');
    const image = new DataView(cpu.physical.bytes.buffer, cpu.physical.bytes.byteOffset + DATA, 512);
    expect(image.getUint32(24, true)).toBe(mxcsr);
    expect(image.getUint32(28, true)).toBe(mask);
    expect(image.getUint32(160, true)).toBe(first);
    expect(image.getUint32(160 + 124, true)).toBe(first === 0 ? 0 : first + 31);
  });

  it('what was saved comes back', () => {
    const cpu = start('fxsave [edx]; pxor xmm0, xmm0; pxor xmm7, xmm7; ldmxcsr [ecx]; fxrstor [edx]', {});
    fill(cpu);
    cpu.state.ecx = 0x2800;
    expect(vectorOf(cpu)).toBe('none');
    expect(cpu.words[xmmAddress(0) >> 2]).toBe(0x1000);
    expect(cpu.words[(xmmAddress(7) >> 2) + 3]).toBe(0x101f);
    expect(cpu.state.mxcsr).toBe(0x1f80);
  });

  it.each([
    ['fxrstor [edx]', 'bits of MXCSR that do not exist', 0x10000, 0],
    ['fxrstor [edx+8]', 'an address that is not a multiple of 16', 0, 0],
    ['fxsave [edx+8]', 'an address that is not a multiple of 16', 0, 0],
  ])('%s: #GP for %s, and nothing changes', (code, _why, mxcsr) => {
    const cpu = start(code, {});
    fill(cpu);
    cpu.writePhysical(DATA + 24, mxcsr, 4);
    expect(vectorOf(cpu)).toBe(GP);
    expect(cpu.words[xmmAddress(0) >> 2]).toBe(0x1000);
    expect(cpu.state.mxcsr).toBe(0x1f80);
  });
});

describe('memory operands', () => {
  it('a store over the code that follows is executed', () => {
    // The eight bytes in MM0 are INC EAX and HLT; they go over two DEC EAX.
    const cpu = start('movq [0x1006], mm0; nop; nop; dec eax; dec eax; nop; nop; nop; nop; nop; nop', {});
    cpu.words[fpuRegisterAddress(0) >> 2] = 0x40f44040 | 0;
    const at = assemble('movq [0x1006], mm0', 32, CODE).bytes.length;
    const target = CODE + at + 2;
    poke(cpu, CODE, assemble(`movq [${target}], mm0; nop; nop; dec eax; dec eax; hlt`, 32, CODE).bytes);
    cpu.run(20);
    expect(cpu.state.eax).toBe(2);
  });

  it('16 bytes over two pages', () => {
    const cpu = start('movups xmm0, [edx]; movups [ecx], xmm0', {});
    for (let i = 0; i < 16; i++) cpu.writePhysical(0x5ff8 + i, i + 1, 1);
    cpu.state.edx = 0x5ff8;
    cpu.state.ecx = 0x6ffd;
    expect(vectorOf(cpu)).toBe('none');
    expect([...cpu.physical.bytes.subarray(0x6ffd, 0x700d)]).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
  });

  it('MASKMOVQ writes the bytes that are marked', () => {
    const cpu = start('maskmovq mm0, mm1', {});
    cpu.words.set([0x44332211, 0x88776655 | 0], fpuRegisterAddress(0) >> 2);
    cpu.words.set([0x80008000 | 0, 0x00ff007f], fpuRegisterAddress(1) >> 2);
    cpu.state.edi = DATA;
    expect(vectorOf(cpu)).toBe('none');
    expect([...cpu.physical.bytes.subarray(DATA, DATA + 8)]).toEqual([0, 0x22, 0, 0x44, 0, 0, 0x77, 0]);
  });
});
