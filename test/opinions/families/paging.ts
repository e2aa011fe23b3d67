/** Pages of 4 KiB, 2 and 4 MiB, by both kinds of tables: what is permitted, what is noted in A and D, what a TLB may keep. SDM vol. 3, chapter 4. */
import { Cr0, Cr4, type Draft } from '../draft.ts';
import { At } from '../layout.ts';

/** Linear: entries of a directory of their own, beyond what the standard tables map. */
const LINEAR = 0x800000;
const [P, W, U, A, D, PS, G] = [1, 2, 4, 0x20, 0x40, 0x80, 0x100];
const MIB = 1 << 20;

/** Accesses to `at`, of which some are two or more. */
const ACCESSES: readonly ((at: string) => string)[] = [
  at => `mov eax,[${at}]`,
  at => `mov [${at}],eax`,
  at => `mov al,[${at}]`,
  at => `inc dword [${at}]`,
  at => `cmp dword [${at}],5`,
  at => `xchg [${at}],eax`,
  at => `push dword [${at}]`,
  at => `mov esi,${at};mov edi,${At.data};movsd`,
  at => `mov edi,${at};stosd`,
  at => `mov ecx,3;mov edi,${at};rep stosd`,
  at => `bts dword [${at}],3`,
  at => `cmpxchg [${at}],ecx`,
  at => `mov esp,${at};push eax`,
  at => `mov esp,${at};pop eax`,
  at => `mov esp,${at};call near_by;near_by:;nop`,
  at => `mov eax,${at};jmp eax`,
  at => `lgdt [${at}]`,
  at => `sidt [${at}]`,
  at => `fild dword [${at}]`,
  at => `verr [${at}]`,
  at => `mov ax,[${at}];mov [${at}],ax`,
];

export function paging(draft: Draft): void {
  const { random } = draft;
  const pae = draft.chance(2);
  const mode = anyFlatLevel(draft);
  if (pae) draft.pae();
  else draft.paged();
  if (draft.chance(2)) draft.state.cr0 |= Cr0.WP;
  const extensions = [Cr4.PSE, Cr4.PGE].filter(() => !draft.chance(3)).reduce((all, bit) => all | bit, 0);
  draft.state.cr4 |= extensions;
  const large = draft.chance(3);
  const upper = entryBits(draft) | (large ? PS : 0);
  const lower = entryBits(draft);
  const reserved = draft.chance(8);
  const physical = random.pick([At.data, At.data, At.stack3 & ~0xfff]);
  tables(draft, pae, upper, lower, large, physical, reserved);
  const within = random.pick([0, 0x10, 0x7fc, 0xffc, 0xffd, 0xffe, 0xfff]);
  // A large page is of physical memory from 0 on, or of 4 MiB further on.
  const linear = LINEAR + (large ? physical : 0) + within;
  let code = random.pick(ACCESSES)(`0x${linear.toString(16)}`);
  if (draft.chance(4)) code = again(draft, code, pae, large, linear);
  // What is jumped to ends at once.
  draft.bytes(At.data, new Uint8Array(0x1000).fill(0xcc)).bytes(At.stack3 & ~0xfff, new Uint8Array(0x1000).fill(0xcc));
  draft.code(code);
  draft.title = `${pae ? 'PAE' : '32-bit'} ${large ? 'large' : '4 KiB'} entries ${upper.toString(16)} ${lower.toString(16)}${reserved ? ' reserved' : ''}, ${mode}, CR4 ${draft.state.cr4.toString(16)}`;
}

function anyFlatLevel(draft: Draft): string {
  const cpl = draft.chance(2) ? 3 : draft.random.below(4);
  draft.level(cpl);
  return `CPL ${cpl}`;
}

function entryBits(draft: Draft): number {
  const { random } = draft;
  let bits = draft.chance(10) ? 0 : P;
  if (!draft.chance(3)) bits |= W;
  if (!draft.chance(3)) bits |= U;
  if (draft.chance(3)) bits |= A;
  if (draft.chance(4)) bits |= D;
  if (draft.chance(4)) bits |= G;
  // PWT, PCD and the bits left to software.
  if (draft.chance(6)) bits |= random.pick([8, 0x10, 0x200, 0x400, 0x800]);
  return bits;
}

function tables(
  draft: Draft,
  pae: boolean,
  upper: number,
  lower: number,
  large: boolean,
  physical: number,
  reserved: boolean,
): void {
  const { random } = draft;
  if (pae) {
    // A directory of 512 entries maps 1 GiB: LINEAR is its entry 4.
    const high = reserved ? random.pick([0x10, 0x80000000, 0x40000000]) : 0;
    const inUpper = reserved && draft.chance(2);
    const frame = large ? (reserved && draft.chance(2) ? 0x2000 * random.below(256) : 0) : At.spareTable;
    draft.words(At.paeDirectory + 8 * (LINEAR / (2 * MIB)), frame | upper, inUpper ? high : 0);
    draft.words(At.spareTable, physical | lower, inUpper ? 0 : high, (physical + 0x1000) | lower, 0);
    if (!large) return;
    draft.words(At.paeDirectory + 8 * (LINEAR / (2 * MIB)), frame | upper, high);
    return;
  }
  const frame = large ? (reserved ? 1 << random.pick([17, 18, 19, 20, 21, 21, 21]) : 0) : At.spareTable;
  draft.words(At.directory + 4 * (LINEAR / (4 * MIB)), frame | upper);
  draft.words(At.spareTable, physical | lower, (physical + 0x1000) | lower);
}

/** The access, then its entry changed, the TLB told or not so that it must know, and the access again. Level 0 alone can do that. */
function again(draft: Draft, code: string, pae: boolean, large: boolean, linear: number): string {
  draft.level(0);
  const entry = large
    ? pae
      ? At.paeDirectory + 8 * (LINEAR / (2 * MIB))
      : At.directory + 4 * (LINEAR / (4 * MIB))
    : At.spareTable;
  const change = draft.random.pick([
    `xor dword [${entry}],2`,
    `xor dword [${entry}],1`,
    `and dword [${entry}],0xffffff9f`,
  ]);
  const tell = draft.random.pick([
    `invlpg [0x${linear.toString(16)}]`,
    'mov eax,cr3;mov cr3,eax',
    'mov eax,cr4;xor eax,0x80;mov cr4,eax',
    'mov eax,cr0;mov ecx,eax;and eax,0x7fffffff;mov cr0,eax;mov cr0,ecx',
  ]);
  // A global page may stay in the TLB over a move to CR3: then it is not certain what comes.
  draft.state.cr4 &= ~Cr4.PGE;
  return [code.replaceAll('near_by', 'first'), change, tell, code].join(';');
}

/** CR0, CR3 and CR4 as they may not be, and PDPTEs. */
export function pagingControl(draft: Draft): void {
  const { random } = draft;
  draft.level(0);
  if (draft.chance(3)) draft.pae();
  else if (draft.chance(2)) draft.paged();
  const pdptes = [0, 1, 2, 3].map(() =>
    random.pick([
      At.paeDirectory | 1,
      0,
      0,
      At.paeDirectory | 3,
      At.paeDirectory | 0x21,
      At.paeDirectory | 0x19,
      0xe00,
    ]),
  );
  pdptes[0] = At.paeDirectory | 1;
  for (const [i, low] of pdptes.entries())
    draft.words(At.stack3 - 0xf00 + 8 * i, low, draft.chance(12) ? random.pick([0x10, 0x80000000]) : 0);
  const pointers = At.stack3 - 0xf00;
  const code = random.pick([
    `mov eax,${pointers};mov cr3,eax`,
    `mov eax,${pointers | 0x18};mov cr3,eax;mov eax,cr3`,
    `mov eax,${pointers};mov cr3,eax;mov eax,cr4;xor eax,0x20;mov cr4,eax`,
    `mov eax,cr4;xor eax,${random.pick([0x10, 0x80, 0x20, 1 << random.below(6), 1 << (11 + random.below(20))])};mov cr4,eax;mov ebx,cr4`,
    `mov eax,cr0;xor eax,0x${((1 << random.pick([0, 1, 2, 3, 4, 5, 16, 18, 29, 30, 31])) >>> 0).toString(16)};mov cr0,eax;mov ebx,cr0`,
    `mov eax,cr0;xor eax,0x${((random.word() & 0x9ffa003e) >>> 0).toString(16)};mov cr0,eax;mov ebx,cr0`,
    `lmsw ${random.pick(['ax', 'cx', 'bx'])};smsw ebx`,
    `mov eax,${random.word() | 0};mov cr2,eax;mov ebx,cr2`,
    'clts;smsw eax',
  ]);
  draft.code(code);
  draft.set({ ecx: random.below(16), ebx: random.below(16) });
  draft.title = code;
}
