/** Processor models: what each lacks, what CPUID says, which flags can be set, MSRs, SYSENTER and SYSEXIT. SDM vol. 2 and 4. */
import { describe, expect, it } from 'vitest';
import { emptyBus } from '../../src/cpu/bus.ts';
import { Cpu } from '../../src/cpu/cpu.ts';
import { wasmEngine } from '../../src/cpu/engine.ts';
import { type ModelName, ModelNames, Models } from '../../src/cpu/models.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { enterProtected, MEMORY, poke } from './rig.ts';

const CODE = 0x20000;
const DATA = 0x40000;

interface Result {
  readonly cpu: Cpu;
  /** Vector of the first exception, and its error code when there is one. */
  readonly fault: string | undefined;
}

function run(
  code: string | readonly number[],
  model: ModelName,
  registers: Record<string, number> = {},
  cpl = 0,
): Result {
  let fault: string | undefined;
  let ticks = 0;
  const cpu: Cpu = new Cpu({
    memoryBytes: MEMORY,
    engine: wasmEngine,
    model,
    bus: {
      ...emptyBus,
      timestamp: () => ticks++ + 0x1_0000_0005,
      observeException: ({ vector, errorCode }) => {
        fault ??= errorCode === undefined ? `#${vector}` : `#${vector}(${errorCode})`;
        cpu.stopRequested = true;
      },
    },
  });
  cpu.physical.map('ram', 0, MEMORY);
  poke(cpu, CODE, typeof code === 'string' ? assemble(`${code}\nhlt`, 32, CODE).bytes : [...code, 0xf4]);
  enterProtected(cpu, { cpl });
  Object.assign(cpu.state, { eip: CODE, esp: 0x50000, esi: DATA, idtLimit: 0, ...registers });
  cpu.run(100);
  return { cpu, fault };
}

describe('what a model lacks is #UD', () => {
  const since: Readonly<Record<string, readonly [code: string | readonly number[], first: ModelName]>> = {
    CMPXCHG: ['cmpxchg [esi],ecx', 'i486'],
    XADD: ['xadd [esi],ecx', 'i486'],
    BSWAP: ['bswap eax', 'i486'],
    INVLPG: ['invlpg [esi]', 'i486'],
    WBINVD: ['wbinvd', 'i486'],
    CPUID: ['cpuid', 'i486'],
    'MOV CR4': ['mov eax,cr4', 'i486'],
    RDTSC: ['rdtsc', 'pentium'],
    RDMSR: ['mov ecx,0x10;rdmsr', 'pentium'],
    CMPXCHG8B: ['cmpxchg8b [esi]', 'pentium'],
    CMOV: ['cmovz eax,ecx', 'pentium-pro'],
    RDPMC: ['xor ecx,ecx;rdpmc', 'pentium-pro'],
    'NOP Ev': [[0x0f, 0x1f, 0xc0], 'pentium-pro'],
    FCMOV: ['fninit;fld1;fldz;fcmove st(0),st(1)', 'pentium-pro'],
    FCOMI: ['fninit;fld1;fcomi st(0),st(0)', 'pentium-pro'],
    FXSAVE: ['fxsave [esi]', 'pentium3'],
    EMMS: ['emms', 'pentium3'],
    SFENCE: ['sfence', 'pentium3'],
    PREFETCHT0: ['prefetcht0 [esi]', 'pentium-pro'],
    ADDPS: ['mov eax,0x200;mov cr4,eax;addps xmm0,xmm1', 'pentium3'],
    ADDPD: ['mov eax,0x200;mov cr4,eax;addpd xmm0,xmm1', 'pentium-m'],
    'PADDQ Pq,Qq': ['paddq mm0,mm1', 'pentium-m'],
    LFENCE: ['lfence', 'pentium-m'],
    CLFLUSH: ['clflush [esi]', 'pentium-m'],
    HADDPS: ['mov eax,0x200;mov cr4,eax;haddps xmm0,xmm1', 'core2'],
    PSHUFB: ['pshufb mm0,mm1', 'core2'],
    SYSENTER: ['mov ecx,0x174;mov eax,8;xor edx,edx;wrmsr', 'pentium3'],
  };
  for (const [name, [code, first]] of Object.entries(since)) {
    it(name, () => {
      const outcomes = ModelNames.map(model => run(code, model).fault === undefined);
      expect(outcomes).toEqual(ModelNames.map(model => ModelNames.indexOf(model) >= ModelNames.indexOf(first)));
    });
  }
});

describe('CPUID', () => {
  const leaf = (model: ModelName, eax: number) => {
    const { state } = run('cpuid', model, { eax: eax | 0 }).cpu;
    return [state.eax, state.ebx, state.ecx, state.edx].map(word => word >>> 0);
  };
  const text = (words: readonly number[]) =>
    Buffer.from(Uint32Array.from(words).buffer).toString('latin1').replace(/\0+$/, '');

  it.each([
    ['i486', 1, 0x480],
    ['pentium', 1, 0x52c],
    ['pentium-pro', 2, 0x619],
    ['pentium3', 2, 0x68a],
    ['pentium-m', 2, 0x6d8],
    ['core2', 2, 0x6f6],
  ] as const)('%s: highest leaf, vendor, signature', (model, leaves, signature) => {
    const [highest, ebx, ecx, edx] = leaf(model, 0);
    expect([highest, text([ebx!, edx!, ecx!])]).toEqual([leaves, 'GenuineIntel']);
    expect(leaf(model, 1)[0]).toBe(signature);
    // A leaf too high answers as the highest.
    expect(leaf(model, 77)).toEqual(leaf(model, leaves));
  });

  it('each feature bit stands for instructions or bits that work', () => {
    const works: Readonly<Record<number, string>> = {
      1: 'mov eax,3;mov cr4,eax',
      2: 'mov eax,8;mov cr4,eax',
      3: 'mov eax,16;mov cr4,eax',
      4: 'rdtsc',
      5: 'mov ecx,0x10;rdmsr',
      6: 'mov eax,32;mov cr4,eax',
      8: 'cmpxchg8b [esi]',
      11: 'mov ecx,0x174;rdmsr',
      12: 'mov ecx,0xfe;rdmsr',
      13: 'mov eax,128;mov cr4,eax',
      15: 'cmovz eax,ecx',
      16: 'mov ecx,0x277;rdmsr',
      19: 'clflush [esi]',
      23: 'emms',
      24: 'fxsave [esi]',
      25: 'mov eax,0x200;mov cr4,eax;addps xmm0,xmm1',
      26: 'mov eax,0x200;mov cr4,eax;addpd xmm0,xmm1',
    };
    for (const model of ModelNames.filter(name => name !== 'i386')) {
      const bits = leaf(model, 1)[3]!;
      for (const [bit, code] of Object.entries(works)) {
        const shown = ((bits >>> Number(bit)) & 1) === 1;
        expect({ model, bit, works: run(code, model).fault === undefined }).toEqual({ model, bit, works: shown });
      }
    }
  });

  it('extended leaves: the Pentium M has no-execute and a name', () => {
    expect(leaf('pentium-m', 0x80000000)[0]).toBe(0x80000004);
    expect(leaf('pentium-m', 0x80000001)[3]).toBe(1 << 20);
    const name = text([2, 3, 4].flatMap(n => leaf('pentium-m', 0x80000000 + n)));
    expect(name).toBe(Models['pentium-m'].brand);
    expect(leaf('pentium3', 0x80000000)).toEqual(leaf('pentium3', 2));
  });

  it('leaf 1 ECX: SSE3 and SSSE3 of those who have them', () => {
    expect(leaf('pentium-m', 1)[2]).toBe(0);
    expect(leaf('core2', 1)[2]).toBe(0x201);
  });

  it('EDX after reset is the signature', () => {
    const cpu = new Cpu({ memoryBytes: MEMORY, engine: wasmEngine, model: 'pentium', bus: emptyBus });
    expect(cpu.state.edx).toBe(0x52c);
  });
});

describe('EFLAGS.AC and ID can be changed by those who have them', () => {
  it.each([
    ['i386', 0],
    ['i486', 0x240000],
    ['pentium-m', 0x240000],
  ] as const)('%s', (model, wanted) => {
    const { cpu } = run('pushfd;or dword [esp],0x240000;popfd;pushfd;pop ebx', model);
    expect(cpu.state.ebx & 0x240000).toBe(wanted);
  });
});

describe('model-specific registers', () => {
  const write = 'wrmsr;xor eax,eax;xor edx,edx;rdmsr';
  it.each([
    ['SYSENTER_CS keeps 16 bits', write, { ecx: 0x174, eax: 0x12348, edx: 0 }, 'pentium-m', [0x2348, 0], undefined],
    ['SYSENTER_EIP', write, { ecx: 0x176, eax: -2, edx: 0 }, 'pentium-m', [0xfffffffe, 0], undefined],
    ['PAT after reset', 'rdmsr', { ecx: 0x277 }, 'pentium3', [0x70406, 0x70406], undefined],
    ['PAT: a reserved type', write, { ecx: 0x277, eax: 2, edx: 0 }, 'pentium3', undefined, '#13(0)'],
    ['no PAT on the Pentium Pro', 'rdmsr', { ecx: 0x277 }, 'pentium-pro', undefined, '#13(0)'],
    ['MTRRcap', 'rdmsr', { ecx: 0xfe }, 'pentium-pro', [0x508, 0], undefined],
    ['MTRRcap is read-only', 'wrmsr', { ecx: 0xfe }, 'pentium-pro', undefined, '#13(0)'],
    ['a variable range', write, { ecx: 0x201, eax: 0x800, edx: 0xf }, 'pentium3', [0x800, 0xf], undefined],
    ['EFER.NXE', write, { ecx: 0xc0000080, eax: 0x800, edx: 0 }, 'pentium-m', [0x800, 0], undefined],
    ['EFER: no long mode', write, { ecx: 0xc0000080, eax: 0x100, edx: 0 }, 'pentium-m', undefined, '#13(0)'],
    ['no EFER before', 'rdmsr', { ecx: 0xc0000080 }, 'pentium3', undefined, '#13(0)'],
    ['APIC base says disabled', 'rdmsr', { ecx: 0x1b }, 'pentium3', [0xfee00100, 0], undefined],
    ['what does not exist', 'rdmsr', { ecx: 0x12345 }, 'pentium3', undefined, '#13(0)'],
    ['nor for writing', 'wrmsr', { ecx: 0x12345 }, 'pentium3', undefined, '#13(0)'],
    [
      'TSC: writing sets the low half and clears the high',
      'wrmsr;rdmsr',
      { ecx: 0x10, eax: 0x100, edx: 7 },
      'pentium3',
      [0x101, 0],
      undefined,
    ],
    ['RDPMC of no counter', 'rdpmc', { ecx: 2 }, 'pentium3', undefined, '#13(0)'],
  ] as const)('%s', (_, code, registers, model, wanted, fault) => {
    const result = run(code, model, registers);
    expect(result.fault).toBe(fault);
    if (wanted) expect([result.cpu.state.eax >>> 0, result.cpu.state.edx >>> 0]).toEqual(wanted);
  });

  it.each(['rdmsr', 'wrmsr', 'rdpmc'])('%s at CPL 3 is #GP(0)', code => {
    expect(run(code, 'pentium-m', { ecx: 0 }, 3).fault).toBe('#13(0)');
  });
});

describe('SYSENTER and SYSEXIT', () => {
  const msrs = { sysenterCs: 0x08, sysenterEsp: 0x51000, sysenterEip: CODE + 0x100 };
  const segments = (cpu: Cpu) => [1, 2].map(n => cpu.segment(n)).map(s => [s.selector, s.base, s.limit, s.access]);

  it('SYSENTER makes flat segments of CPL 0', () => {
    const { cpu } = run('sti;sysenter', 'pentium-m', { ...msrs, eflags: 0x3000 }, 3);
    expect(segments(cpu)).toEqual([
      [0x08, 0, 0xffffffff, 0xc09b],
      [0x10, 0, 0xffffffff, 0xc093],
    ]);
    expect([cpu.state.cpl, cpu.state.esp, cpu.eflags & 0x200]).toEqual([0, 0x51000, 0]);
  });

  it('SYSEXIT makes those of CPL 3', () => {
    const { cpu } = run('sysexit', 'pentium-m', { ...msrs, ecx: 0x52000, edx: CODE + 0x200 });
    expect(segments(cpu)).toEqual([
      [0x1b, 0, 0xffffffff, 0xc0fb],
      [0x23, 0, 0xffffffff, 0xc0f3],
    ]);
    expect([cpu.state.cpl, cpu.state.esp]).toEqual([3, 0x52000]);
  });

  it.each([
    ['SYSENTER without a selector', 'sysenter', { sysenterCs: 3 }, 0],
    ['SYSEXIT without a selector', 'sysexit', { sysenterCs: 0 }, 0],
    ['SYSEXIT at CPL 3', 'sysexit', msrs, 3],
  ] as const)('%s is #GP(0)', (_, code, registers, cpl) => {
    expect(run(code, 'pentium-m', registers, cpl).fault).toBe('#13(0)');
  });
});
