/**
 * Bytes of WebAssembly that typical blocks become, so that a change of code size is seen in review: code-sizes.txt, which `npm run code-sizes` writes anew. Each
 * block is a region of its own, between its entry checks and its exits; those take the bytes of the first line.
 */
import { expect, it } from 'vitest';
import { wasmEngine } from '../../src/cpu/engine.ts';
import { FormSource } from '../../src/cpu/form-enumeration.ts';
import { Field } from '../../src/cpu/record.ts';
import { JIT_WORDS, REGION_VALID, TLB, TLB_SIZE } from '../../src/cpu/state.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { BlockFinder } from '../../src/jit/block-finder.ts';
import { FormTraits } from '../../src/jit/form-traits.ts';
import { planRegion } from '../../src/jit/plan-region.ts';
import { discover } from '../../src/jit/region.ts';
import { UNPAGED } from '../../src/jit/region-context.ts';
import type { WriterImports } from '../../src/jit/region-plan.ts';
import { writeRegion } from '../../src/jit/region-writer.ts';
import { Module } from '../../src/wasm/module.ts';
import { enablePaging, enterProtected, makeCpu, poke, pokeWords } from '../cpu/rig.ts';

type Mode = 'flat' | 'user' | 'based' | 'real';

/** Ends of blocks: the rest is before them. */
const BLOCKS: readonly (readonly [name: string, mode: Mode, text: string])[] = [
  ['nothing', 'flat', 'jmp away'],
  ['register arithmetic', 'flat', 'add eax,ebx;sub ecx,edx;xor esi,edi;jmp away'],
  ['dead flags', 'flat', 'add eax,1;add ebx,2;add ecx,3;add edx,4;jmp away'],
  ['carry chain', 'flat', 'add eax,ebx;adc edx,ecx;adc esi,edi;jmp away'],
  ['byte registers', 'flat', 'mov al,bh;add ah,cl;xor dl,dh;jmp away'],
  ['16-bit registers', 'flat', 'mov ax,bx;add cx,dx;shl si,3;jmp away'],
  ['shift by CL', 'flat', 'shl eax,cl;jmp away'],
  ['shift by constant', 'flat', 'shl eax,4;sar ebx,31;jmp away'],
  ['LEA', 'flat', 'lea eax,[ebx+ecx*4+16];lea edx,[esi-1];jmp away'],
  ['multiply and divide', 'flat', 'imul eax,ebx;mul ecx;div esi;jmp away'],
  ['compare and branch', 'flat', 'cmp eax,ebx;jl away'],
  ['test and branch', 'flat', 'test eax,eax;jz away'],
  ['SETcc, CMOVcc', 'flat', 'cmp eax,5;setnb bl;cmp ecx,edx;cmovl esi,edi;jmp away'],
  ['load', 'flat', 'mov eax,[ebx+8];jmp away'],
  ['load, indexed', 'flat', 'mov eax,[ebx+ecx*4];jmp away'],
  ['load of a byte, extended', 'flat', 'movzx eax,byte [ebx];movsx ecx,word [edx];jmp away'],
  ['load from a constant address', 'flat', 'mov eax,[0x40000];jmp away'],
  ['store', 'flat', 'mov [ebx],eax;jmp away'],
  ['store of a byte', 'flat', 'mov byte [ebx],5;jmp away'],
  ['read, modify, write', 'flat', 'add [ebx],eax;inc dword [esi+4];jmp away'],
  ['copy loop', 'flat', 'here:;mov eax,[esi];mov [edi],eax;add esi,4;add edi,4;dec ecx;jnz here'],
  ['sum loop', 'flat', 'here:;add eax,[ebx+ecx*4];inc ecx;cmp ecx,edx;jb here'],
  [
    'function with a frame',
    'flat',
    'push ebp;mov ebp,esp;sub esp,16;mov eax,[ebp+8];mov [ebp-4],eax;add eax,[ebp+12];leave;ret',
  ],
  ['call', 'flat', 'push eax;call away;add esp,4;jmp away'],
  ['call through a register', 'flat', 'call eax;jmp away'],
  ['jump through a table', 'flat', 'jmp [eax*4+0x40000]'],
  ['RET', 'flat', 'ret'],
  ['REP MOVS', 'flat', 'rep movsd;jmp away'],
  ['string without REP', 'flat', 'lodsb;stosb;jmp away'],
  ['PUSHF and POPF', 'flat', 'pushfd;popfd;jmp away'],
  ['IN', 'flat', 'in al,dx;jmp away'],
  ['load at CPL 3, paged', 'user', 'mov eax,[ebx+8];mov [esi],eax;jmp away'],
  ['load with base and limit', 'based', 'mov eax,[ebx+8];jmp away'],
  ['push with base and limit', 'based', 'push eax;pop ebx;jmp away'],
  ['real mode: load and store', 'real', 'mov ax,[bx+si+4];mov [di],ax;jmp away'],
  ['real mode: loop', 'real', 'here:;lodsw;add dx,ax;loop here'],
  ['real mode: call and return', 'real', 'push ax;call away;pop ax;ret'],
];

const CODE = 0x20000;
const { table } = wasmEngineForms();

function wasmEngineForms(): { table: ReturnType<typeof wasmEngine>['forms']['table'] } {
  let forms: ReturnType<typeof wasmEngine>['forms'] | undefined;
  makeCpu({
    engine: (memory, imports) => {
      const engine = wasmEngine(memory, imports);
      forms = engine.forms;
      return engine;
    },
  });
  return forms!;
}

/** Bytes of its function, and of that with a stack window when there is one; instructions. */
function measure(mode: Mode, text: string): { instructions: number; bytes: number; windowed: number | undefined } {
  const cpu = makeCpu();
  const bits = mode === 'real' ? 16 : 32;
  const { bytes } = assemble(`${text}\naway:\nhlt`, bits, mode === 'real' ? 0 : CODE);
  poke(cpu, CODE, bytes);
  pokeWords(cpu, 0x40000, [CODE]);
  if (mode === 'real') {
    for (let i = 0; i < 6; i++)
      cpu.setSegment(i, { selector: 0x2000, base: i === 1 ? CODE : 0x40000, limit: 0xffff, access: 0x93 });
    cpu.updateMode();
  } else {
    enterProtected(cpu, mode === 'based' ? { base: 0x10000, limit: 0x4ffff } : { cpl: mode === 'user' ? 3 : 0 });
    if (mode === 'user') {
      pokeWords(cpu, 0x1000, [0x2007]);
      pokeWords(
        cpu,
        0x2000,
        Array.from({ length: 256 }, (_, i) => (i << 12) | 7),
      );
      enablePaging(cpu, 0x1000);
    }
  }
  const entry = mode === 'real' ? 0 : CODE;
  // Running them decodes them: all blocks, wherever the first leads.
  for (const offset of boundaries(text, bits)) {
    cpu.halted = false;
    Object.assign(cpu.state, { eip: entry + offset, esp: 0x1000, ecx: 3 });
    cpu.run(100);
  }
  cpu.state.eip = entry;
  const { view } = cpu;
  const source = new FormSource(table);
  const traits = new FormTraits(source);
  const finder = new BlockFinder(cpu.memory.buffer, source, traits, record =>
    view.getUint16(record + Field.form, true),
  );
  const region = discover(
    entry,
    eip => (eip < entry + bytes.length - 1 ? finder.blockAt(cpu, eip) : undefined),
    () => false,
  )!;
  const user = mode === 'user';
  const page = TLB + (user ? 2 : 0) * TLB_SIZE + (CODE >>> 12) * 4;
  const pages = [[page, cpu.words[page >> 2]!]] as const;
  // Both versions, where there are two.
  const from = {
    id: 0,
    region,
    user,
    linear: CODE,
    key: 0,
    codeKey: cpu.state.codeKey,
    csBase: cpu.state.csBase,
    flat: true,
    validAt: REGION_VALID,
    straddles: true,
    word: (cpu.state.cr0 & 0x80000000) === 0 ? UNPAGED : 0,
    pages,
    asks: new Set<number>(),
    state: cpu.words,
    isSettled: true,
  };
  const plan = planRegion(from, view, traits);
  const imports: WriterImports = {
    view,
    traits,
    regionType: 0,
    dispatch: 0,
    place: 1,
    storeFlags: 1,
    cold: () => 2,
    x87: () => 2,
    link: () => ({ kind: 'slot', address: JIT_WORDS }),
    site: () => ({ kind: 'site', address: JIT_WORDS }),
    map: () => JIT_WORDS,
  };
  const sizes = writeRegion(from, plan, imports, 3).map(({ code, locals }) => {
    const module = new Module();
    const before = module.bytes().length;
    module.addFunction({ params: [], results: [] }, locals, code);
    return module.bytes().length - before;
  });
  return { instructions: region.instructions, bytes: sizes.at(-1)!, windowed: sizes.length > 1 ? sizes[0] : undefined };
}

/** Offsets of the instructions. */
function boundaries(text: string, bits: 16 | 32): number[] {
  const lines = text.split(';');
  return lines.map((_, i) => assemble(`${lines.slice(0, i).join('\n')}\naway:\nhere:`, bits).bytes.length);
}

it('code sizes are what they were', async () => {
  const rows = BLOCKS.map(([name, mode, text]) => {
    const { instructions, bytes, windowed } = measure(mode, text);
    const also = windowed === undefined ? '' : `  ${windowed} with a stack window`;
    return `${name.padEnd(30)}${mode.padEnd(7)}${String(instructions).padStart(3)} instructions ${String(bytes).padStart(6)} bytes${also}`;
  });
  await expect(`${rows.join('\n')}\n`).toMatchFileSnapshot('code-sizes.txt');
});
