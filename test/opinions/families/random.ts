/** Random instructions, one each: a single step ends it. Segments end with the arena, so that nothing else is met. */
import { decode } from '../../../src/cpu/decoder.ts';
import { isEscape } from '../../../src/isa/x87-map.ts';
import { Type } from '../descriptors.ts';
import type { Draft } from '../draft.ts';
import { ARENA, At } from '../layout.ts';

/**
 * What is left out: ports and HLT, which have no end or meet devices; SIMD and x87, of which the host is the judge (docs/instructions.md); what is undefined after
 * them, flags or results; CPUID and counters.
 */
const LEFT_OUT =
  /^(IN|OUT|INS|OUTS|HLT|RDTSC|RDPMC|CPUID|WRMSR|RDMSR|MUL|IMUL|DIV|IDIV|SHL|SHR|SAR|ROL|ROR|RCL|RCR|SHLD|SHRD|BSF|BSR|BT|BTS|BTR|BTC|AA[ADMS]|DA[AS]|FXSAVE|FXRSTOR|LAR|LSL|LGDT|LIDT|SYSENTER|SYSEXIT|SALC|INT1|UD1|LTR|LLDT|MOVNTI|PAUSE|LMSW|INVD|WBINVD|BSWAP|CMPXCHG8B)$/;
const TF = 0x100;
const LONGEST = 12;

export function randomInstructions(draft: Draft): void {
  const { random } = draft;
  const mode = place(draft);
  const bytes = instruction(draft);
  draft.bytes(At.code, bytes);
  for (const name of ['eax', 'ecx', 'edx', 'ebx', 'ebp', 'esi', 'edi'] as const) {
    const near = random.pick([0x3000, 0x3ffe, 0x6f00, 0xfffc, 0xffff, 0, 0x2000]) + random.below(16);
    draft.state[name] = draft.chance(3) ? random.word() : near;
  }
  draft.state.esp = (draft.state.esp & 0xffff) - 0x100 + random.below(4) * 2;
  draft.state.ecx = draft.chance(2) ? random.below(4) : draft.state.ecx;
  draft.state.eflags |= TF | (random.word() & 0xcd5);
  const data = Array.from({ length: 0x40 }, () => random.below(256));
  draft.bytes(At.data, data).bytes(At.stack3 - 0x100, data);
  draft.title = `${bytes.map(byte => byte.toString(16).padStart(2, '0')).join(' ')} in ${mode}`;
}

/** Everything at ARENA, 64 KiB, 16 or 32 bits wide. */
function place(draft: Draft): string {
  const { random } = draft;
  if (draft.chance(4)) {
    draft.virtual(draft.chance(2) ? 3 : 0);
    return `V86 IOPL ${(draft.state.eflags >>> 12) & 3}`;
  }
  const cpl = draft.chance(2) ? 0 : 3;
  draft.narrow(cpl);
  if (!draft.chance(2)) return `16-bit CPL ${cpl}`;
  const fields = { base: ARENA, limit: 0xffff, flags: 4, dpl: cpl };
  const data = draft.segment({ ...fields, type: Type.data | 1 }) | cpl;
  draft.set({
    cs: draft.segment({ ...fields, type: Type.code | 1 }) | cpl,
    ss: data,
    ds: data,
    es: data,
    fs: data,
    gs: random.pick([data, 0]),
  });
  draft.bits = 32;
  return `32-bit CPL ${cpl}`;
}

function instruction(draft: Draft): number[] {
  const { random } = draft;
  for (;;) {
    const prefixes = draft.chance(2)
      ? []
      : [random.pick([0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65])];
    const opcode = draft.chance(4) ? [0x0f, random.below(256)] : [random.below(256)];
    const rest = Array.from({ length: LONGEST }, () =>
      draft.chance(3) ? random.pick([0, 0xff, 0x80, 0x7f]) : random.below(256),
    );
    const bytes = [...prefixes, ...opcode, ...rest];
    const decoded = decode(i => bytes[i] ?? 0x90, draft.bits === 32);
    if (typeof decoded === 'string') continue;
    const { row } = decoded;
    if (LEFT_OUT.test(row.mnemonic) || isEscape(row) || row.simd || row.prefix !== 0) continue;
    // Control and debug registers have families of their own; opcodes that came later mean something elsewhere.
    if (row.operands.some(operand => /^[CD]d$/.test(operand)) || /NOP|PREFETCH/.test(row.mnemonic)) continue;
    return bytes.slice(0, decoded.length);
  }
}
