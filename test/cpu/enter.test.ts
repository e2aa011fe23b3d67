/** ENTER where operand and stack have different widths. Source: SDM vol. 2, ENTER; 3.2 there: with a 32-bit operand the frame is all of ESP. */
import { describe, expect, it } from 'vitest';
import { Segment } from '../../src/cpu/cpu.ts';
import { wasmEngine } from '../../src/cpu/engine.ts';
import { oracleEngine } from '../../src/cpu/oracle.ts';
import { enterProtected, makeCpu, poke } from './rig.ts';

const CODE = 0x20000;
/** Writable data, present, accessed; 16 bits wide. */
const NARROW_STACK = 0x0093;

describe.each([
  ['interpreter', wasmEngine],
  ['oracle', oracleEngine],
])('ENTER on a 16-bit stack, %s', (_name, engine) => {
  const rows: [what: string, code: number[], ebp: number, esp: number, pushed: number[]][] = [
    ['32-bit operand', [0xc8, 8, 0, 0], 0x1fffc, 0x1fff4, [0x12340100]],
    ['16-bit operand', [0x66, 0xc8, 8, 0, 0], 0x1234fffe, 0x1fff6, []],
    ['32-bit operand, two levels', [0xc8, 8, 0, 2], 0x1fffc, 0x1ffec, [0x12340100, 0xcafe, 0x1fffc]],
  ];
  it.each(rows)('%s', (_what, code, ebp, esp, pushed) => {
    const cpu = makeCpu({ engine });
    poke(cpu, CODE, code);
    poke(cpu, 0xfc, [0xfe, 0xca, 0, 0]);
    enterProtected(cpu);
    cpu.setSegment(Segment.ss, { selector: 16, base: 0, limit: 0xffff, access: NARROW_STACK });
    Object.assign(cpu.state, { eip: CODE, esp: 0x10000, ebp: 0x12340100 });
    cpu.updateMode();
    cpu.run(1);
    expect([cpu.state.ebp >>> 0, cpu.state.esp >>> 0]).toEqual([ebp, esp]);
    const stack = pushed.map((_, i) => cpu.physical.read(0xfffc - i * 4, 4));
    expect(stack).toEqual(pushed);
  });
});
