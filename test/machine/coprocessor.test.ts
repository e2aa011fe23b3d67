/** x87 errors the PC/AT way: with CR0.NE clear they are IRQ 13, and port F0h lets the handler's own x87 instructions go on. */
import { expect, it } from 'vitest';
import { assemble } from '../../src/isa/assemble.ts';
import { Pc } from '../../src/machine/pc.ts';
import { HLT, out, poke, programPic, rom, STI, setUp } from './rom.ts';

const HANDLER = 0x400;
const VECTOR = 0x75;

it('a division by zero comes as IRQ 13; what the handler leaves lets the program go on', () => {
  const code = [
    ...setUp,
    ...poke(VECTOR * 4, HANDLER),
    ...poke(VECTOR * 4 + 2, 0xf000),
    ...poke(0x500, 0x37b),
    ...programPic(0, 0),
    STI,
    ...assemble('fninit;fldcw word [0x500];fldz;fld1;fdiv st(0),st(1);fldpi;fistp word [0x502]', 16).bytes,
    HLT,
  ];
  const handler = [
    // The status word before anything is cleared; then FSTP, which waits, needs IGNNE#.
    ...assemble('fnstsw word [0x504];inc word [0x506]', 16).bytes,
    ...out(0xf0, 0),
    ...assemble('fst dword [0x508];fnclex', 16).bytes,
    ...out(0xa0, 0x20),
    ...out(0x20, 0x20),
    0xcf,
  ];
  const pc = new Pc({ memoryBytes: 1 << 20, bios: rom(code, { [HANDLER]: handler }) });
  pc.run(10_000);
  const word = (at: number): number => pc.cpu.physical.read(at, 2);
  expect(word(0x506)).toBe(1);
  expect(word(0x504) & 0x80ff).toBe(0x8084);
  // FST of the untouched 1.0, as a single.
  expect(pc.cpu.physical.read(0x508, 4)).toBe(0x3f800000);
  expect(word(0x502)).toBe(3);
  expect(pc.cpu.fpu.status & 0x80ff).toBe(0x20);
});
