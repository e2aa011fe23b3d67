/** Functions that become part of the region that calls them: which do, and that a run is the same for it. */
import { expect, it } from 'vitest';
import type { Cpu } from '../../src/cpu/cpu.ts';
import { wasmEngine } from '../../src/cpu/engine.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { EAGER, Jit } from '../../src/jit/jit.ts';
import { type Block, discover, targetsOf } from '../../src/jit/region.ts';
import { architecture, enterProtected, makeCpu, poke } from '../cpu/rig.ts';

const CODE = 0x20000;
const [CALLER, NEXT, LEAF, OTHER, CALLING] = [0x100, 0x110, 0x200, 0x300, 0x400] as const;

function block(eip: number, end: Block['end'], taken = 0): Block {
  return { eip, record: eip, forms: [{} as never], eips: [eip], pcBase: 0, end, taken, next: eip + 0x10 };
}

const regionOf = (targets: readonly number[]) => {
  const blocks = new Map(
    [
      block(CALLER, { kind: 'indirect-call', targets }),
      block(NEXT, { kind: 'jump' }, CALLER),
      block(LEAF, { kind: 'return' }),
      block(OTHER, { kind: 'return' }),
      block(CALLING, { kind: 'call' }, LEAF),
    ].map(b => [b.eip, b]),
  );
  return discover(
    CALLER,
    eip => blocks.get(eip),
    () => false,
  )!;
};

it.each<[string, readonly number[], readonly number[]]>([
  ['no place has been seen', [], []],
  ['one', [LEAF], [LEAF]],
  ['two', [LEAF, OTHER], [LEAF, OTHER]],
  ['one of them calls others: none is taken in', [LEAF, CALLING], []],
])('an indirect call: %s', (_what, targets, expected) => {
  const { blocks } = regionOf(targets);
  const { end } = blocks.get(CALLER)!;
  expect(end.kind).toBe(expected.length > 0 ? 'indirect' : 'indirect-call');
  expect(expected.length > 0 ? targetsOf(blocks.get(CALLER)!) : []).toEqual(expected);
  for (const leaf of expected) expect(blocks.get(leaf)!.end).toEqual({ kind: 'return', to: NEXT });
  expect(blocks.has(NEXT)).toBe(true);
});

/** Calls three functions by turns, through a table; now and then one returns elsewhere. */
const PROGRAM = `
main:
mov ecx,5000
again:
mov ebx,ecx
and ebx,3
call [ebx*4+table]
dec ecx
jnz again
jmp main
f0:
add eax,ecx
ret
f1:
xor eax,0x1234
push eax
pop edx
ret
f2:
test ecx,0x40
jz plain
mov dword [esp],main
plain:
ret
table:
dd f0,f1,f2,f0`;

it('the run is the same, most of it compiled', () => {
  const { bytes } = assemble(PROGRAM, 32, CODE);
  const start = (cpu: Cpu): Cpu => {
    poke(cpu, CODE, bytes);
    enterProtected(cpu);
    Object.assign(cpu.state, { eip: CODE, esp: 0x10000 });
    return cpu;
  };
  let jit!: Jit;
  const cpu = start(
    makeCpu({
      engine: (memory, imports) => {
        jit = new Jit(memory, wasmEngine(memory, imports), { ...EAGER, hotSite: 16 });
        return jit;
      },
    }),
  );
  const reference = start(makeCpu());
  for (let i = 0; i < 40; i++) {
    cpu.run(5000);
    reference.run(5000);
    expect(architecture(cpu)).toEqual(architecture(reference));
  }
  expect(jit.statistics.executed).toBeGreaterThan(150_000);
});
