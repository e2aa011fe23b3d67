/** Loads of segment registers, LDTR and TR; what lies within a limit; LAR, LSL, VERR, VERW. SDM vol. 3, chapter 5. */
import { Type } from '../descriptors.ts';
import type { Draft } from '../draft.ts';
import { ARENA, At, Selector } from '../layout.ts';
import { anyMode, anySegment } from './targets.ts';

export function segmentLoads(draft: Draft): void {
  const { random } = draft;
  const mode = anyMode(draft);
  const selector = draft.way === 2 ? (ARENA >>> 4) + random.below(0x100) : anySegment(draft);
  const segment = random.pick(['ds', 'es', 'fs', 'gs', 'ss', 'ss']);
  const memory = draft.bits === 16 ? '0x3010' : '0x23010';
  const offset = random.pick([0, 1, 0xffd, 0xffe, 0xfff, 0x1000, 0x7ffc, 0x7fff, 0xfffc, 0xfffd, 0xffff]);
  const use = random.pick([
    'nop',
    `mov ebx,${offset};mov cl,${segment}:[ebx]`,
    `mov ebx,${offset};mov ecx,${segment}:[ebx]`,
    `mov ebx,${offset};mov ${segment}:[ebx],cx`,
  ]);
  const load = random.pick([
    `mov ax,${selector};mov ${segment},ax`,
    `mov word [${memory}],${selector};mov ${segment},[${memory}]`,
    segment === 'ss' || segment === 'cs'
      ? `mov word [${memory}],${selector};mov ss,[${memory}]`
      : `push ${selector};pop ${segment}`,
    segment === 'ss'
      ? `mov ax,${selector};mov ss,ax`
      : `mov dword [${memory}],0;mov word [${memory}],0x1234;mov word [${nextWords(memory, draft.bits)}],${selector};l${segment} ecx,[${memory}]`,
  ]);
  // An access beyond memory or to the harness is none of ours: offsets stay within the arena, where its base is.
  const text = (segment === 'ss' ? load : `${load};${use}`).replace(
    /l(ds|es|fs|gs) ecx/,
    draft.bits === 16 ? 'l$1 cx' : 'l$1 ecx',
  );
  draft.code(text);
  draft.title = `${text} in ${mode}`;
}

const nextWords = (memory: string, bits: number): string => `0x${(Number(memory) + bits / 8).toString(16)}`;

export function systemSegments(draft: Draft): void {
  const { random } = draft;
  const mode = anyMode(draft);
  const type = draft.chance(3)
    ? random.below(32)
    : random.pick([Type.ldt, Type.tss, Type.tss16, Type.busyTss, Type.callGate]);
  const selector = draft.chance(3)
    ? anySegment(draft)
    : draft.segment({
        base: At.ldt,
        limit: random.pick([0x67, 0xff, 7]),
        type,
        flags: 0,
        dpl: random.below(4),
        present: !draft.chance(6),
      }) | random.below(4);
  const memory = draft.bits === 16 ? '0x3010' : '0x23010';
  const code = random.pick([
    `mov ax,${selector};lldt ax`,
    `mov ax,${selector};lldt ax;mov bx,12;mov fs,bx`,
    `mov ax,${selector};ltr ax`,
    `mov ax,${selector};lar ecx,ax`,
    `mov ax,${selector};lar cx,ax`,
    `mov ax,${selector};lsl ecx,ax`,
    `mov ax,${selector};lsl cx,ax`,
    `mov ax,${selector};verr ax`,
    `mov ax,${selector};verw ax`,
    `mov ax,${selector};mov bx,${random.below(4)};arpl ax,bx`,
    'sldt eax;sldt bx;str ecx;str dx',
    `sldt [${memory}]`,
    `str [${memory}]`,
    `sgdt [${memory}]`,
    `sidt [${memory}]`,
    'smsw eax;smsw bx',
    `smsw [${memory}]`,
    `lgdt [${memory}]`,
    `lidt [${memory}]`,
    `lmsw [${memory}]`,
  ]);
  // What LGDT and LIDT load must have the harness's selectors and gates.
  const table = code.startsWith('lidt') ? [0x7ff, At.idt] : [0x3ff, At.gdt];
  draft.bytes(ARENA + 0x3010, [
    table[0]! & 255,
    table[0]! >>> 8,
    table[1]! & 255,
    (table[1]! >>> 8) & 255,
    (table[1]! >>> 16) & 255,
    code.startsWith('lmsw') ? 0 : 0,
  ]);
  if (code.startsWith('lmsw')) draft.bytes(ARENA + 0x3010, [random.below(16), 0]);
  if (draft.chance(3)) draft.set({ ldtr: Selector.ldt });
  draft.code(code);
  draft.title = `${code} in ${mode}`;
}

/** Accesses near the limits of segments that grow up or down, of 16 and 32 bits, through each register. */
export function limits(draft: Draft): void {
  const { random } = draft;
  const cpl = draft.chance(2) ? 0 : 3;
  draft.level(cpl);
  const down = draft.chance(2);
  const limit = random.pick([0, 3, 0xfff, 0x2fff, 0x7fff, 0xfffe, 0xffff]);
  const flags = random.pick(down ? [0, 4] : [0, 4, 4]);
  const selector =
    draft.segment({
      // Not where the tables are: what is written stays without consequence.
      base: At.data,
      limit,
      flags,
      type: down ? Type.expandDown : random.pick([Type.data, Type.readOnly, Type.code]),
      dpl: cpl,
    }) | cpl;
  const segment = random.pick(['ds', 'es', 'fs', 'gs']);
  draft.set({ [segment]: selector });
  let at = (limit + random.pick([-4, -3, -2, -1, 0, 1, 2, 3, 4])) & 0xffff;
  if (draft.chance(6)) at = random.pick([0, 0xfffc, 0xfffd, 0xfffe, 0xffff]);
  // Elsewhere than in the arena there is nothing to be read alike.
  const operation = random.pick([
    `mov al,${segment}:[ebx]`,
    `mov ax,${segment}:[ebx]`,
    `mov eax,${segment}:[ebx]`,
    `mov ${segment}:[ebx],al`,
    `mov ${segment}:[ebx],ax`,
    `mov ${segment}:[ebx],eax`,
    `inc word ${segment}:[ebx]`,
    `fld qword ${segment}:[ebx]`,
    `fstp tbyte ${segment}:[ebx]`,
    `movups xmm0,${segment}:[ebx]`,
    `cmpxchg8b ${segment}:[ebx]`,
    `bound eax,${segment}:[ebx]`,
    `sgdt ${segment}:[ebx]`,
  ]);
  draft.set({ cr4: 0x200, ebx: at });
  draft.code(operation);
  draft.title = `${operation} at ${at.toString(16)}, limit ${limit.toString(16)} ${down ? 'down' : 'up'} flags ${flags}, CPL ${cpl}`;
}
