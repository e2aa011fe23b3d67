/** The run loop: exact counts, interrupts at exact counts, self-modifying code, HLT, shutdown. */
import { describe, expect, it } from 'vitest';
import type { Cpu } from '../../src/cpu/cpu.ts';
import { wasmEngine } from '../../src/cpu/engine.ts';
import { oracleEngine } from '../../src/cpu/oracle.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { enablePaging, enterProtected, makeCpu, poke, pokeWords, type RigOptions } from './rig.ts';

const CODE = 0x20000;
const FUNCTION = 0x30000;

function start(source: string, options: RigOptions = {}): { cpu: Cpu; labels: Readonly<Record<string, number>> } {
  const cpu = makeCpu(options);
  const { bytes, labels } = assemble(source, 32, CODE);
  poke(cpu, CODE, bytes);
  enterProtected(cpu);
  Object.assign(cpu.state, { eip: CODE, esp: 0x80000, edx: 0 });
  return { cpu, labels };
}

const LOOP = 'mov ecx,1000;again:;add eax,ecx;mov [0x30000],eax;dec ecx;jnz again;hlt';

describe('counting', () => {
  it.each([1, 2, 3, 5, 63, 64, 65, 100, 1999])('a budget of %d stops after exactly so many instructions', budget => {
    const { cpu } = start(LOOP);
    const { cpu: steps } = start(LOOP);
    expect(cpu.run(budget)).toBe('limit');
    for (let i = 0; i < budget; i++) steps.run(1);
    expect(cpu.insns).toBe(budget);
    expect([cpu.state.eip, cpu.state.eax, cpu.state.ecx]).toEqual([steps.state.eip, steps.state.eax, steps.state.ecx]);
  });

  it('HLT ends the run; 1 + 4 * 1000 + 1 instructions were executed', () => {
    const { cpu } = start(LOOP);
    expect(cpu.run(1e6)).toBe('halt');
    expect(cpu.insns).toBe(4002);
  });

  it('each iteration of REP counts, and a budget ends in its middle', () => {
    const { cpu } = start('mov ecx,500;mov edi,0x30000;rep stosb;hlt');
    cpu.run(102);
    expect([cpu.insns, cpu.state.ecx]).toEqual([102, 400]);
    cpu.run(1e6);
    expect([cpu.insns, cpu.state.ecx]).toEqual([503, 0]);
  });

  it('RDTSC reads the time of its own instruction, also inside a block', () => {
    const stamps: number[] = [];
    const made = start('nop;nop;rdtsc;nop;rdtsc;hlt', { bus: { timestamp: () => stamps.push(made.cpu.now()) } });
    made.cpu.run(1000);
    expect(stamps).toEqual([2, 4]);
  });
});

describe('interrupts', () => {
  /** INTR rises when the count reaches `at`: the run is cut there, as a timer does it. */
  function interruptAt(at: number, source: string): { cpu: Cpu; seen: number[] } {
    const seen: number[] = [];
    const { cpu, labels } = start(`${source};handler:;push eax;pop eax;iret`);
    const gate = labels.handler!;
    pokeWords(cpu, 0x1000 + 0x20 * 8, [(8 << 16) | (gate & 0xffff), (gate & 0xffff0000) | 0x8e00]);
    pokeWords(cpu, 0x800, [0, 0, 0xffff, 0xcf9b00, 0xffff, 0xcf9300]);
    Object.assign(cpu.state, { gdtBase: 0x800, gdtLimit: 0x17, idtBase: 0x1000, idtLimit: 0x7ff });
    cpu.bus.acknowledgeInterrupt = () => {
      seen.push(cpu.insns);
      cpu.interruptLine = false;
      return 0x20;
    };
    cpu.run(at);
    cpu.interruptLine = true;
    return { cpu, seen };
  }

  it.each([10, 11, 12, 13, 500, 501])(
    'delivered after exactly %d instructions with IF set, and the program is not disturbed',
    at => {
      const { cpu, seen } = interruptAt(at, `sti;${LOOP}`);
      expect(cpu.run(1e6)).toBe('halt');
      // Delivery itself counts as one, the handler as three.
      expect(seen).toEqual([at + 1]);
      expect([cpu.insns, cpu.state.eax]).toEqual([1 + 4002 + 4, 500500]);
    },
  );

  it('held off while IF is clear', () => {
    const { cpu, seen } = interruptAt(100, `cli;${LOOP}`);
    cpu.run(1e6);
    expect(seen).toEqual([]);
  });

  it.each([
    ['STI', 'cli;sti;inc eax;inc eax;hlt', 2, 3],
    ['MOV SS', 'sti;mov bx,0x10;mov ss,bx;inc eax;inc eax;hlt', 3, 4],
    ['POP SS', 'sti;push ss;pop ss;inc eax;inc eax;hlt', 3, 4],
  ])('%s holds them off for one more instruction', (_, source, raisedAfter, deliveredAfter) => {
    const { cpu, seen } = interruptAt(raisedAfter, source);
    cpu.run(100);
    expect(seen).toEqual([deliveredAfter + 1]);
  });

  it('wakes HLT', () => {
    const { cpu, seen } = interruptAt(3, 'sti;nop;hlt;mov ebx,7;cli;hlt');
    expect(cpu.run(1e6)).toBe('halt');
    expect([seen, cpu.state.ebx]).toEqual([[4], 7]);
  });
});

describe.each([
  ['interpreter', wasmEngine],
  ['oracle', oracleEngine],
] as const)('self-modifying code: %s', (_, engine) => {
  it('a store into the next instruction of the same block', () => {
    const { cpu } = start('mov byte [patch],0x42;patch:;nop;nop;hlt'.replace('patch]', `${CODE + 7}]`), { engine });
    cpu.state.edx = 5;
    cpu.run(100);
    // 42 is INC EDX.
    expect(cpu.state.edx).toBe(6);
  });

  it('a loop that changes its own immediate each time round', () => {
    const { cpu } = start(
      `mov ecx,100;again:;add eax,1;inc dword [${CODE + 6}];dec ecx;jnz again;hlt`.replace(
        'add eax,1;',
        'add eax,0x101;',
      ),
      { engine },
    );
    cpu.run(1e6);
    // Immediates 101h, 102h, ... 164h.
    expect(cpu.state.eax).toBe(100 * 0x101 + 4950);
  });

  it('code written through another linear page', () => {
    const { cpu } = start('call 0x30000;mov byte [0x401000],0x42;call 0x30000;hlt', { engine });
    pokeWords(cpu, 0x1000, [0x2003, 0x3003]);
    pokeWords(
      cpu,
      0x2000,
      Array.from({ length: 256 }, (_, i) => (i << 12) | 3),
    );
    pokeWords(cpu, 0x3000, [0, 0x30003]);
    poke(cpu, 0x30000, assemble('nop;ret', 32).bytes);
    enablePaging(cpu, 0x1000);
    cpu.run(100);
    expect(cpu.state.edx).toBe(1);
  });

  it('REP STOS over code, and an instruction that lies on two pages', () => {
    const { cpu } = start(
      'call 0x30ffe;mov edi,0x30fff;mov al,0x42;mov ecx,1;rep stosb;mov byte [0x31000],0xc3;call 0x30ffe;hlt',
      { engine },
    );
    poke(cpu, 0x30ffe, [0x90, 0xb8, 9, 0, 0, 0, 0xc3]);
    cpu.run(100);
    // First: NOP, MOV EAX,9 across the boundary, RET. Then: NOP, INC EDX, RET.
    expect([cpu.state.eax & ~0xff, cpu.state.edx]).toEqual([0, 1]);
  });

  it('a store to data beside code leaves the code decoded', () => {
    const source = `mov ecx,1000;again:;inc dword [${CODE + 0x200}];dec ecx;jnz again;hlt`;
    const { cpu } = start(source, { engine });
    cpu.run(1e6);
    expect(cpu.physical.read(CODE + 0x200, 4)).toBe(1000);
    expect(cpu.code.counts.invalidated).toBe(0);
  });

  it.each([
    ['another constant', 'mov eax,1;add eax,0x33333333;rol eax,5;xor edx,eax;ret'],
    ['another operation of the same length', 'mov eax,1;sub eax,0x22222222;ror eax,7;and edx,eax;ret'],
    ['a jump in the middle', 'mov eax,1;add eax,0x22222222;jmp short over;nop;over:;xor edx,eax;ret'],
    ['a return in the middle', 'mov eax,1;add eax,0x22222222;ret;nop;nop;xor edx,eax;ret'],
    [
      'more instructions in the room of one',
      'mov eax,1;inc eax;inc eax;inc eax;inc eax;inc eax;rol eax,5;xor edx,eax;ret',
    ],
    ['one in the room of more', 'mov eax,1;add eax,0x22222222;mov eax,0xd0310000;ret'],
    ['an end gone on from', 'mov eax,1;add eax,0x22222222;rol eax,5;xor edx,eax;inc edx;ret'],
    ['what is not defined', 'mov eax,1;add eax,0x22222222;ud2;nop;xor edx,eax;ret'],
  ])('code that is overwritten often: %s', (_, variant) => {
    const usual = (n: number) => `mov eax,1;add eax,${n * 0x1111111};rol eax,5;xor edx,eax;ret`;
    const run = (cpu: Cpu, text: string) => {
      poke(cpu, FUNCTION, assemble(text, 32, FUNCTION).bytes);
      Object.assign(cpu.state, { eip: CODE, esp: 0x80000, eax: 0, edx: 0x12345678 });
      // Near the end of a budget each instruction would be looked up by itself: the program ends before.
      return [cpu.run(1000), cpu.state.eax, cpu.state.edx, cpu.state.eip];
    };
    const machine = () => start(`call ${FUNCTION};hlt`, { engine }).cpu;
    const rewritten = machine();
    for (const text of [usual(1), usual(2), usual(3), variant, variant, usual(4), variant, usual(5)]) {
      rewritten.halted = false;
      const seen = run(rewritten, text);
      expect(seen).toEqual(run(machine(), text));
      if (seen[0] === 'triple-fault') return;
    }
  });

  it('a constant that is overwritten leaves its block where it is', () => {
    const { cpu } = start(`again:;call ${FUNCTION};jmp again`, { engine });
    const records = [1, 2, 3, 4, 5].map(value => {
      poke(cpu, FUNCTION, [...assemble(`mov eax,${value};xor edx,eax;ret`, 32, FUNCTION).bytes]);
      cpu.run(1000);
      return cpu.blockAt(FUNCTION);
    });
    // The first write found no code, the second one none that had been written before.
    expect(new Set(records.slice(1)).size).toBe(1);
    expect(cpu.state.eax).toBe(5);
  });

  it('a write by a device', () => {
    const { cpu } = start('again:;nop;nop;jmp again', { engine });
    cpu.run(30);
    poke(cpu, CODE, [0x42, 0xf4]);
    expect(cpu.run(100)).toBe('halt');
    expect(cpu.state.edx).toBe(1);
  });
});

describe('faults without a handler', () => {
  it.each([
    ['IDT limit 0', 'ud2', 0, ['6', '13:51', '13:107', '8:0', '13:67']],
    ['page fault, and the IDT not mapped', 'mov eax,[0x900000]', 0x7ff, ['14:0', '14:0', '8:0', '14:0']],
  ])('%s: shutdown, and the chain is kept', (_, source, idtLimit, chain) => {
    const { cpu } = start(source);
    Object.assign(cpu.state, { idtBase: 0x800000, idtLimit });
    if (idtLimit) {
      pokeWords(cpu, 0x1000, [0x2003]);
      pokeWords(
        cpu,
        0x2000,
        Array.from({ length: 256 }, (_, i) => (i << 12) | 3),
      );
      enablePaging(cpu, 0x1000);
    }
    expect(cpu.run(100)).toBe('triple-fault');
    expect(cpu.shutdown.map(f => (f.errorCode === undefined ? `${f.vector}` : `${f.vector}:${f.errorCode}`))).toEqual(
      chain,
    );
    expect(cpu.insns).toBeLessThan(10);
  });

  it('a processor that has shut down says so again', () => {
    const { cpu } = start('ud2');
    cpu.state.idtLimit = 0;
    cpu.run(10);
    expect(cpu.run(10)).toBe('triple-fault');
  });
});
