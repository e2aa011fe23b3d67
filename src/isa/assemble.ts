/**
 * A small assembler over the opcode map, for tests: Intel syntax, one statement a line (or after `;`), labels with a colon, `db`/`dw`/`dd`.
 * Jumps and calls to labels take the longest form unless they say `short`, LOOP and JCXZ the short one. Far pointers are written `0x08:0x1234`
 * or `0x08:label`; a label may be a term of an address: `[eax*4+table]`.
 * *Not here*: expressions, sections, relaxation.
 */
import { Conditions } from './flags.ts';
import { opcodeBytes, type Row, Rows } from './opcode-map.ts';
import { vectorBytes } from './operands.ts';
import { General8, General16, General32, Segments } from './registers.ts';
import { isEscape } from './x87-map.ts';

type Parsed =
  | { readonly kind: 'register'; readonly number: number; readonly size: 1 | 2 | 4; readonly name: string }
  | { readonly kind: 'vector'; readonly bank: 'mm' | 'xmm'; readonly number: number }
  | { readonly kind: 'special'; readonly letter: 'S' | 'C' | 'D'; readonly number: number; readonly name: string }
  | { readonly kind: 'stack'; readonly number: number }
  | { readonly kind: 'immediate'; readonly value: number }
  | { readonly kind: 'label'; readonly name: string; readonly short: boolean }
  | { readonly kind: 'far'; readonly selector: number; readonly offset: number | string }
  | {
      readonly kind: 'memory';
      readonly size: number | undefined;
      readonly base: number;
      readonly index: number;
      readonly scale: number;
      readonly displacement: number;
      /** A label that is added to the displacement. */
      readonly label: string | undefined;
      readonly wide: boolean | undefined;
    };

const ALIASES: Readonly<Record<string, string>> = {
  jc: 'jb',
  jnc: 'jnb',
  je: 'jz',
  jne: 'jnz',
  ja: 'jnbe',
  jae: 'jnb',
  jg: 'jnle',
  jge: 'jnl',
  jecxz: 'jcxz',
};
const PREFIXES: Readonly<Record<string, number>> = { rep: 0xf3, repe: 0xf3, repne: 0xf2, lock: 0xf0 };
const SEGMENT_PREFIX = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65];
const SIZES: Readonly<Record<string, number>> = { byte: 1, word: 2, dword: 4, qword: 8, tbyte: 10, xmmword: 16 };
/** Mnemonics whose size follows the mode, or a letter at their end: MOVSB, PUSHFD, IRETD. */
const SUFFIXES: Readonly<Record<string, 1 | 2 | 4>> = { b: 1, w: 2, d: 4 };

export interface Assembled {
  readonly bytes: Uint8Array;
  readonly labels: Readonly<Record<string, number>>;
}

/** Assembles for `bits` 16 or 32 at address `origin`; `externals` are labels defined elsewhere. Throws on what it does not know, with the line. */
export function assemble(
  source: string,
  bits: 16 | 32,
  origin = 0,
  externals: Readonly<Record<string, number>> = {},
): Assembled {
  const statements = source
    .split(/[\n;]/)
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'));
  let labels: Record<string, number> = {};
  let bytes: number[] = [];
  // The second pass knows all labels; lengths do not depend on them.
  for (const pass of [1, 2]) {
    const known = labels;
    labels = {};
    bytes = [];
    for (const statement of statements) {
      const label = /^(\w+):$/.exec(statement);
      if (label) {
        labels[label[1]!] = origin + bytes.length;
        continue;
      }
      const cached = fixed[bits].get(statement);
      if (cached) {
        bytes.push(...cached);
        continue;
      }
      let isFixed = !isRelative(statement);
      const resolve = (name: string): number => {
        isFixed = false;
        const at = known[name] ?? externals[name];
        if (at === undefined && pass === 2) throw new Error(`no label ${name}`);
        // While it is unknown it may as well be here: short jumps reach that.
        return at ?? origin + bytes.length;
      };
      const code = encode(statement, bits, origin + bytes.length, resolve);
      if (isFixed) keep(fixed[bits], statement, code);
      bytes.push(...code);
    }
  }
  return { bytes: Uint8Array.from(bytes), labels };
}

/** Code of statements that have been met and are the same wherever they stand: tests assemble the same ones over and over, and each one in both passes. */
const fixed = { 16: new Map<string, readonly number[]>(), 32: new Map<string, readonly number[]>() };
const MOST_KEPT = 20_000;

function keep(known: Map<string, readonly number[]>, statement: string, code: readonly number[]): void {
  if (known.size === MOST_KEPT) known.clear();
  known.set(statement, code);
}

/** Whether a statement is a jump or call, whose code depends on where it stands even without a label. */
const isRelative = (statement: string): boolean => /^\s*(j|call|loop)/i.test(statement);

function encode(statement: string, bits: 16 | 32, at: number, resolve: (label: string) => number): number[] {
  const [, head, rest = ''] = /^(\w+)\s*(.*)$/.exec(statement) ?? [];
  if (!head) throw new Error(`cannot read: ${statement}`);
  const mnemonic = head.toLowerCase();
  const data = { db: 1, dw: 2, dd: 4 }[mnemonic];
  if (data)
    return rest.split(',').flatMap(item => little(/^\s*[-\d]/.test(item) ? number(item) : resolve(item.trim()), data));
  const prefix = PREFIXES[mnemonic];
  if (prefix) return [prefix, ...encode(rest, bits, at + 1, resolve)];
  let override: number | undefined;
  const text = rest.replace(/\b([c-gs]s):\s*\[/i, (_, name: string) => {
    override = SEGMENT_PREFIX[Segments.indexOf(name.toLowerCase() as 'es')];
    return '[';
  });
  const operands = text === '' ? [] : text.split(',').map(operand => parse(operand.trim()));
  const before = override === undefined ? [] : [override];
  const rows = [...candidates(ALIASES[mnemonic] ?? mnemonic, operands, bits)];
  const shortest = (natural: boolean): number[] | undefined =>
    rows
      .filter(({ size }) => (size === bits / 8) === natural)
      .map(({ row, size }) => encodeRow(row, operands, size, bits, at + before.length, resolve))
      .reduce((best, code) => (code && (!best || code.length < best.length) ? code : best), undefined);
  const best = shortest(true) ?? shortest(false);
  if (!best) throw new Error(`no encoding for: ${statement}`);
  return [...before, ...best];
}

/** Rows by the names a statement may give them: with their condition, without the letter of a size, far ones as near ones. */
const named = new Map<string, Row[]>();
for (const row of Rows) {
  const { mnemonic, opcode } = row;
  const name = mnemonic.endsWith('cc') ? mnemonic.slice(0, -2) + Conditions[opcode & 15]!.toUpperCase() : mnemonic;
  for (const key of new Set([name, `${name}B`, `${name}W`, `${name}D`, name.replace(/F$/, '')])) {
    const known = named.get(key);
    if (known) known.push(row);
    else named.set(key, [row]);
  }
}

/** Rows that the mnemonic may mean, each with its operand size. */
function* candidates(
  mnemonic: string,
  operands: readonly Parsed[],
  bits: 16 | 32,
): Generator<{ row: Row; size: 2 | 4 }> {
  const upper = mnemonic.toUpperCase();
  const suffix = SUFFIXES[mnemonic.at(-1)!];
  const far = operands[0]?.kind === 'far';
  for (const row of named.get(upper) ?? []) {
    const condition = row.mnemonic.endsWith('cc')
      ? row.mnemonic.slice(0, -2) + Conditions[row.opcode & 15]!.toUpperCase()
      : row.mnemonic;
    if (condition === upper || (far && row.mnemonic === `${upper}F`)) {
      const natural = bits === 32 ? 4 : 2;
      yield { row, size: natural };
      if (!row.operands.some(o => o[0] === 'J')) yield { row, size: natural === 4 ? 2 : 4 };
    } else if (suffix && operands.length === 0 && row.mnemonic === upper.slice(0, -1)) {
      const bytes = row.operands.some(o => o.endsWith('b') || o === 'AL');
      if (bytes) {
        if (suffix === 1) yield { row, size: bits === 32 ? 4 : 2 };
      } else if (suffix !== 1) yield { row, size: suffix };
    }
  }
}

function encodeRow(
  row: Row,
  operands: readonly Parsed[],
  size: 2 | 4,
  bits: 16 | 32,
  at: number,
  resolve: (label: string) => number,
): number[] | undefined {
  const implied = operands.length === 0 && row.operands.every(o => /^[XY]|^AL$|^eAX$|^DX$/.test(o));
  const slots = implied ? [] : row.operands;
  if (slots.length !== operands.length) return undefined;
  let modrm =
    row.registerForm >= 0
      ? row.registerForm
      : (row.digit >= 0 ? row.digit << 3 : 0) | (row.only === 'register' ? 0xc0 : 0);
  let register = 0;
  let memory: Extract<Parsed, { kind: 'memory' }> | undefined;
  let sized = implied || operands.length === 0;
  const tail: ((next: number) => number[])[] = [];
  for (const [i, slot] of slots.entries()) {
    const operand = operands[i]!;
    const type = slot.startsWith('s') ? 'b' : slot.slice(1);
    // PINSRW takes the low word of a doubleword register.
    const width =
      type === 'b' ? 1 : row.simd && operand.kind === 'register' ? 4 : type === 'w' ? 2 : type === 'd' ? 4 : size;
    if (slot === '1') {
      if (operand.kind !== 'immediate' || operand.value !== 1) return undefined;
    } else if (operand.kind === 'register') {
      if (
        slot === 'eAX'
          ? operand.number !== 0 || operand.size !== size
          : /^[A-Z]{2}$/.test(slot)
            ? operand.name.toUpperCase() !== slot
            : operand.size !== width
      )
        return undefined;
      if (type === 'v' || type === 'z' || slot === 'eAX') sized = true;
      if (slot[0] === 'E' || slot[0] === 'R') modrm |= 0xc0 | operand.number;
      else if (slot[0] === 'G') modrm |= operand.number << 3;
      else if (slot[0] === 'Z') register = operand.number;
      else if (slot !== 'eAX' && operand.name.toUpperCase() !== slot) return undefined;
    } else if (operand.kind === 'vector') {
      if (!(operand.bank === 'mm' ? /^[PQN]/ : /^[VWU]/).test(slot)) return undefined;
      modrm |= /^[PV]/.test(slot) ? operand.number << 3 : 0xc0 | operand.number;
    } else if (operand.kind === 'stack') {
      if (slot === 'STi') modrm |= operand.number;
      else if (slot !== 'ST' || operand.number !== 0) return undefined;
    } else if (operand.kind === 'special') {
      // `SS` is a register by name, not an operand of type S.
      if (/^[SCD][wd]$/.test(slot) && slot[0] === operand.letter) modrm |= operand.number << 3;
      else if (operand.name.toUpperCase() !== slot) return undefined;
    } else if (operand.kind === 'memory') {
      if (!/^([EQW][a-z]+|M[a-z]*)$/.test(slot)) return undefined;
      if (row.simd && operand.size !== undefined && operand.size !== vectorBytes(slot)) return undefined;
      if (slot[0] === 'E' && !row.simd && operand.size !== undefined && operand.size !== width) return undefined;
      if (operand.size !== undefined && slot[0] === 'E') sized = true;
      if (isEscape(row) && operand.size !== { Mw: 2, Md: 4, Mq: 8, Mt: 10 }[slot]) return undefined;
      memory = operand;
    } else if (operand.kind === 'far') {
      if (slot !== 'Ap') return undefined;
      const offset = typeof operand.offset === 'string' ? resolve(operand.offset) : operand.offset;
      tail.push(() => [...little(offset, size), ...little(operand.selector, 2)]);
    } else if (slot[0] === 'J') {
      const target = operand.kind === 'label' ? resolve(operand.name) : operand.value;
      const bytes = slot === 'Jb' ? 1 : size;
      const short = operand.kind === 'label' && operand.short;
      if (/LOOP|JCXZ/.test(row.mnemonic) ? bytes !== 1 : (bytes === 1) !== short) return undefined;
      sized = true;
      tail.push(next => {
        const distance = target - next - bytes;
        if (bytes === 1 && (distance < -128 || distance > 127)) throw new Error(`too far to jump: ${distance} bytes`);
        return little(distance, bytes);
      });
    } else if (slot[0] === 'I' || slot === 'sIb') {
      const value = operand.kind === 'label' ? resolve(operand.name) : operand.value;
      if (slot === 'sIb' && (operand.kind === 'label' || value < -128 || value > 127)) return undefined;
      if (width === 1 && (value < -128 || value > 255)) return undefined;
      if (slot === 'Iz' && operands.length === 1) sized = true;
      tail.push(() => little(value, slot === 'sIb' ? 1 : width));
    } else return undefined;
  }
  // Nothing says the operand size: the mode's.
  if (!sized && size !== bits / 8 && slots.some(o => /[vz]$/.test(o))) return undefined;
  if (!slots.some(o => /^[^PQNVWU].*[vzp]$|^eAX$/.test(o)) && !implied && operands.length > 0 && size !== bits / 8)
    return undefined;
  const wide = memory?.wide ?? bits === 32;
  const prefixes = [...(size === bits / 8 ? [] : [0x66]), ...(memory && wide !== (bits === 32) ? [0x67] : [])];
  if (slots.some(o => o[0] === 'Z') && (row.opcode & 7) !== register) return undefined;
  const code = [...prefixes, ...(row.prefix !== 0 ? [row.prefix] : []), ...opcodeBytes(row)];
  if (row.modrm) code.push(...(memory ? effectiveAddress(memory, modrm & 0x38, wide, resolve) : [modrm]));
  for (const part of tail) code.push(...part(at + code.length));
  return code;
}

function effectiveAddress(
  operand: Extract<Parsed, { kind: 'memory' }>,
  reg: number,
  wide: boolean,
  resolve: (label: string) => number,
): number[] {
  const { label } = operand;
  const m = label === undefined ? operand : { ...operand, displacement: operand.displacement + resolve(label) };
  if (!wide) {
    const pairs = ['3,6', '3,7', '5,6', '5,7', '6,-1', '7,-1', '5,-1', '3,-1'];
    const rm = pairs.indexOf(`${m.base},${m.index}`);
    if (m.base < 0) return [reg | 6, ...little(m.displacement, 2)];
    if (rm < 0) throw new Error('no such 16-bit address');
    return m.displacement === 0 && rm !== 6 && label === undefined
      ? [reg | rm]
      : [0x80 | reg | rm, ...little(m.displacement, 2)];
  }
  const short = label === undefined && m.displacement >= -128 && m.displacement <= 127;
  const mod = m.base < 0 ? 0 : label === undefined && m.displacement === 0 && m.base !== 5 ? 0 : short ? 0x40 : 0x80;
  const displacement =
    m.base < 0 || mod === 0x80 ? little(m.displacement, 4) : mod === 0x40 ? little(m.displacement, 1) : [];
  if (m.index < 0 && m.base !== 4) return [mod | reg | (m.base < 0 ? 5 : m.base), ...displacement];
  const sib = (Math.log2(m.scale) << 6) | ((m.index < 0 ? 4 : m.index) << 3) | (m.base < 0 ? 5 : m.base);
  return [mod | reg | 4, sib, ...displacement];
}

function parse(text: string): Parsed {
  const lower = text.toLowerCase();
  for (const [size, names] of [
    [1, General8],
    [2, General16],
    [4, General32],
  ] as const) {
    const found = (names as readonly string[]).indexOf(lower);
    if (found >= 0) return { kind: 'register', number: found, size, name: lower };
  }
  const vector = /^(x?mm)([0-7])$/.exec(lower);
  if (vector) return { kind: 'vector', bank: vector[1] as 'mm' | 'xmm', number: Number(vector[2]) };
  const segment = (Segments as readonly string[]).indexOf(lower);
  if (segment >= 0) return { kind: 'special', letter: 'S', number: segment, name: lower };
  const stack = /^st(?:\(?([0-7])\)?)?$/.exec(lower);
  if (stack) return { kind: 'stack', number: Number(stack[1] ?? 0) };
  const special = /^([cd])r(\d)$/.exec(lower);
  if (special)
    return { kind: 'special', letter: special[1] === 'c' ? 'C' : 'D', number: Number(special[2]), name: lower };
  const far = /^(\w+):(\w+)$/.exec(lower);
  if (far) {
    const offset = text.slice(text.indexOf(':') + 1);
    return { kind: 'far', selector: number(far[1]!), offset: /^\d/.test(offset) ? number(offset) : offset };
  }
  const memory = /^(?:(byte|word|dword|qword|tbyte|xmmword)\s+)?\[(.*)\]$/i.exec(text);
  if (memory) return parseMemory(memory[1], memory[2]!);
  if (/^-?(0x[\da-f]+|\d+)$/.test(lower)) return { kind: 'immediate', value: number(lower) };
  const label = /^(short\s+)?(\w+)$/.exec(text);
  if (label) return { kind: 'label', name: label[2]!, short: label[1] !== undefined };
  throw new Error(`cannot read operand: ${text}`);
}

function parseMemory(size: string | undefined, inside: string): Parsed {
  let base = -1;
  let index = -1;
  let scale = 1;
  let displacement = 0;
  let label: string | undefined;
  let wide: boolean | undefined;
  for (const term of inside
    .replace(/-/g, '+-')
    .split('+')
    .map(t => t.trim())
    .filter(t => t !== '')) {
    const [written, times] = term.split('*') as [string, string | undefined];
    const name = written.toLowerCase();
    const at32 = (General32 as readonly string[]).indexOf(name);
    const at16 = (General16 as readonly string[]).indexOf(name);
    if (at32 < 0 && at16 < 0) {
      if (/^-?\d/.test(term)) displacement += number(term);
      else label = term;
      continue;
    }
    wide = at32 >= 0;
    const register = Math.max(at32, at16);
    if (times) {
      index = register;
      scale = Number(times);
    } else if (base < 0) base = register;
    else index = register;
  }
  const bytes = size ? SIZES[size.toLowerCase()] : undefined;
  return { kind: 'memory', size: bytes, base, index, scale, displacement, label, wide };
}

function number(text: string): number {
  const value = Number(text.trim().replace(/^-/, ''));
  if (Number.isNaN(value)) throw new Error(`not a number: ${text}`);
  return text.trim().startsWith('-') ? -value : value;
}

function little(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => Math.floor(value / 2 ** (8 * i)) & 0xff);
}
