/** Instructions of the system: MSRs, SYSENTER and SYSEXIT, counters, CPUID, I/O by the bitmap, x87 errors both ways, FXSAVE. */
import { Type } from '../descriptors.ts';
import { Cr0, Cr4, type Draft } from '../draft.ts';
import { ARENA, At, Selector } from '../layout.ts';
import { anyMode } from './targets.ts';

const [SYSENTER_CS, SYSENTER_ESP, SYSENTER_EIP] = [0x174, 0x175, 0x176];

export function fastSystemCalls(draft: Draft): void {
  const { random } = draft;
  const code = random.pick([
    'sysenter',
    'sysenter',
    'sysexit',
    'sysexit',
    `mov ecx,${random.pick([SYSENTER_CS, SYSENTER_ESP, SYSENTER_EIP])};mov eax,${random.word() | 0};xor edx,edx;wrmsr;xor eax,eax;rdmsr`,
  ]);
  const mode = code === 'sysexit' || code.endsWith('msr') ? levelZero(draft) : anyMode(draft);
  if (draft.chance(3)) draft.paged();
  // The descriptors that the four selectors name are not looked at; what they name is recorded.
  draft.set({
    sysenterCs: draft.chance(6)
      ? random.pick([0, 3, 1, Selector.tss])
      : draft.chance(4)
        ? Selector.code0 | random.below(4)
        : systemCode(draft),
    sysenterEsp: At.stack0 - 0x100,
    sysenterEip: At.target,
    ecx: At.stack3 - 0x200,
    edx: At.target + 0x10,
  });
  if (draft.chance(3)) draft.state.eflags |= random.pick([0x200, 0x100, 0x3000, 0x10000]);
  draft.code(code);
  draft.title = `${code} in ${mode}, CS ${draft.state.sysenterCs.toString(16)}`;
}

function levelZero(draft: Draft): string {
  if (draft.chance(6)) return anyMode(draft);
  draft.level(0);
  return 'CPL 0';
}

/** Four descriptors in a row, as SYSENTER and SYSEXIT mean them. */
function systemCode(draft: Draft): number {
  const first = draft.segment({ type: Type.code });
  draft.segment({ type: Type.data });
  draft.segment({ type: Type.code, dpl: 3 });
  draft.segment({ type: Type.data, dpl: 3 });
  return first;
}

export function modelSpecific(draft: Draft): void {
  const { random } = draft;
  const mode = draft.chance(3) ? anyMode(draft) : levelZero(draft);
  const msr = random.pick([SYSENTER_CS, SYSENTER_ESP, SYSENTER_EIP, 0x12345678, 0x40000000, 0x173, 0x180]);
  const code = random.pick([
    `mov ecx,${msr};rdmsr`,
    `mov ecx,${msr};xor edx,edx;wrmsr`,
    'rdtsc;xor eax,eax;xor edx,edx',
    'rdtsc;xor eax,eax;xor edx,edx',
    'xor ecx,ecx;rdpmc;xor eax,eax;xor edx,edx',
    'mov ecx,9;rdpmc',
    'xor eax,eax;cpuid;and eax,0x2',
    'mov eax,1;cpuid;mov eax,0;mov ebx,0;mov ecx,0;and edx,0x383b93f',
    'invd',
    'wbinvd',
    'invlpg [0x3000]',
    'db 0x0f,0x01,0xf8',
    'lmsw ax',
    'clts',
    'mov eax,cr0',
    'mov eax,cr1',
    'mov cr5,eax',
    'mov eax,cr4',
    'lock mov eax,cr0',
    'mov dr0,eax',
    'cli',
    'sti',
    'db 0x0f,0xaa',
    'db 0x0f,0x20,0x00',
    'db 0x0f,0x05',
    'db 0x0f,0x37',
  ]);
  if (draft.chance(2)) draft.state.cr4 |= random.pick([Cr4.TSD, Cr4.PCE, Cr4.TSD | Cr4.PCE]);
  if (draft.chance(3)) draft.state.eflags |= random.below(4) << 12;
  draft.code(code);
  draft.title = `${code} in ${mode}, CR4 ${draft.state.cr4.toString(16)}`;
}

/** IN, OUT, INS, OUTS where the I/O map decides. The ports are those of nobody, and the POST code's. */
export function ports(draft: Draft): void {
  const { random } = draft;
  const iopl = random.below(4);
  const mode = anyMode(draft);
  if (draft.way !== 2) draft.state.eflags = (draft.state.eflags & ~0x3000) | (iopl << 12);
  const map = Array.from({ length: 0x60 }, () => random.pick([0, 0, 0xff, random.below(256)]));
  const ioMap = draft.chance(8) ? random.pick([0, 0x60, 0x3c0, 0xffff]) : 0x68;
  draft.bytes(At.tss + 0x68, [...map, 0xff]).tss({ trap: ioMap << 16 });
  const limit = draft.chance(3) ? 0x67 + random.below(0x62) : 0xc8;
  draft.segment({ base: At.tss, limit, type: Type.tss, flags: 0 }, Selector.tss);
  const port = 0x2a0 + random.below(0x10);
  const [low, data] = draft.bits === 16 ? [ARENA, At.data] : [0, At.data];
  const register = random.pick(['al', 'ax', 'eax']);
  const code = random.pick([
    `mov dx,${port};in ${register},dx`,
    `mov dx,${port};out dx,${register}`,
    `in ${register},0x80;xor eax,eax`,
    `out 0x80,al`,
    `mov dx,${port};mov edi,${data - low};${random.pick(['insb', 'insw', 'insd'])}`,
    `mov dx,${port};mov esi,${data - low};${random.pick(['outsb', 'outsw', 'outsd'])}`,
    `mov dx,${port};mov edi,${data - low};mov ecx,3;rep insb`,
    `mov dx,${port};mov esi,${data - low};mov ecx,0;rep outsb`,
  ]);
  if (draft.chance(6)) draft.set({ tr: Selector.narrowTss });
  draft.code(code);
  draft.title = `${code} in ${mode}, IOPL ${iopl}, map at ${ioMap.toString(16)}, limit ${limit.toString(16)}`;
}

/** x87 and SSE state: what CR0 and CR4 make of it, errors by #MF, FXSAVE and FXRSTOR. */
export function floating(draft: Draft): void {
  const { random } = draft;
  const mode = anyMode(draft);
  const base = draft.bits === 16 ? At.data - ARENA : At.data;
  const at = (offset: number) => `[0x${(base + offset).toString(16)}]`;
  const code = random.pick([
    `fld1;fldz;fxsave ${at(0)}`,
    `fld1;fxsave ${at(0)};mov dword ${at(0)},0x${(0x37f & ~random.below(64)).toString(16)};mov dword ${at(4)},0xff;fxrstor ${at(0)};fnstsw ax`,
    `fxsave ${at(8)}`,
    `fxrstor ${at(0)}`,
    `mov dword ${at(0x18)},0x10000;fxrstor ${at(0)}`,
    `fld1;fldz;fnstenv ${at(0)}`,
    `fld1;fnstenv ${at(0)};fninit;fldenv ${at(0)};fnstenv ${at(0x40)}`,
    `fld1;fldpi;fnsave ${at(0)};frstor ${at(0)};fnstenv ${at(0x80)}`,
    `fldcw word ${at(0x100)};fld1;fldz;fdivp st1,st;fld1`,
    `fldcw word ${at(0x100)};fld1;fldz;fdivp st1,st;wait`,
    `fldcw word ${at(0x100)};fld1;fldz;fdivp st1,st;fnstsw ax;fnclex;fld1`,
    `fldcw word ${at(0x100)};fld1;fldz;fdivp st1,st;fnstenv ${at(0)}`,
    'movups xmm0,xmm1',
    'emms',
    'movd mm0,eax',
    `ldmxcsr ${at(0x104)};stmxcsr ${at(0x108)}`,
    'sfence',
    'wait',
    'fninit',
    'fld1',
  ]);
  draft.words(At.data + 0x100, 0x37b, random.pick([0x1f80, 0x1f80, 0xffff, 0x10000, 0x9fc0]));
  if (draft.chance(2)) draft.state.cr4 |= Cr4.OSFXSR;
  for (const bit of [Cr0.EM, Cr0.TS, Cr0.MP]) if (draft.chance(5)) draft.state.cr0 |= bit;
  draft.code(code);
  draft.title = `${code} in ${mode}`;
}
