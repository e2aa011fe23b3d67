/**
 * Arguments as text, by the kinds that signatures name. Some can be told when the call begins, some only when it has returned: what it filled in, and what
 * lay on pages that were not there before the kernel touched them.
 */
import { MOST_ERROR } from './errors.ts';
import { type ChoiceName, Choices, type FlagSetName, FlagSets, flagText, signalName } from './flags.ts';
import { type CallMemory, structureText } from './structures.ts';
import { octal, pointer, quoted, SHOWN } from './text.ts';

export interface Call {
  /** EBX, ECX, EDX, ESI, EDI, EBP. */
  readonly values: readonly number[];
  readonly memory: CallMemory;
  /** EAX afterwards; undefined while the call has not returned. */
  readonly result: number | undefined;
}

/** undefined: not to be told now. null: not shown at all. */
type Text = string | undefined | null;
type Kind = (value: number, index: number, call: Call) => Text;

const AT_FDCWD = -100;
const O_CREAT_OR_TMPFILE = 0o20000100;
const MREMAP_FIXED = 2;
/** Longest list of pointers that is followed. */
const MOST_POINTERS = 64;
const MOST_PATH = 4096;
const MOST_IOVECS = 16;

const isError = (result: number): boolean => result >>> 0 > 0xffffffff - MOST_ERROR;
const signed = (value: number): string => String(value | 0);
const unsigned = (value: number): string => String(value >>> 0);
const hex = (value: number): string => (value === 0 ? '0' : `0x${(value >>> 0).toString(16)}`);
const signal = (value: number): string => (value === 0 ? '0' : (signalName(value) ?? signed(value)));

function path(linear: number, memory: CallMemory): Text {
  if (linear === 0) return 'NULL';
  const bytes = memory.bytes(linear, MOST_PATH);
  const end = bytes.indexOf(0);
  if (end < 0) return bytes.length === MOST_PATH ? quoted(bytes, { limit: MOST_PATH, cut: true }) : undefined;
  return quoted(bytes.subarray(0, end), { limit: MOST_PATH });
}

function buffer(linear: number, count: number, memory: CallMemory, inHex = false): Text {
  if (linear === 0) return 'NULL';
  const bytes = memory.bytes(linear, Math.min(count, SHOWN + 1));
  if (bytes.length < Math.min(count, SHOWN)) return undefined;
  return quoted(bytes, { cut: count > SHOWN, hex: inHex });
}

function pointers(linear: number, memory: CallMemory): number[] | undefined {
  const bytes = memory.bytes(linear, MOST_POINTERS * 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: number[] = [];
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const value = view.getUint32(at, true);
    if (value === 0) return found;
    found.push(value);
  }
  return bytes.length === MOST_POINTERS * 4 ? found : undefined;
}

function strings(linear: number, memory: CallMemory): Text {
  if (linear === 0) return 'NULL';
  const found = pointers(linear, memory);
  return found && `[${found.map(at => path(at, memory) ?? pointer(at)).join(', ')}]`;
}

function vectors(linear: number, count: number, memory: CallMemory, total: number): Text {
  const shown = Math.min(count, MOST_IOVECS);
  const bytes = memory.bytes(linear, shown * 8);
  if (bytes.length < shown * 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: string[] = [];
  let left = total;
  for (let i = 0; i < shown; i++) {
    const [base, length] = [view.getUint32(i * 8, true), view.getUint32(i * 8 + 4, true)];
    const content = buffer(base, Math.min(length, left), memory);
    if (content === undefined) return undefined;
    parts.push(`{iov_base=${content}, iov_len=${length}}`);
    left -= Math.min(length, left);
  }
  return `[${parts.join(', ')}${count > shown ? ', ...' : ''}]`;
}

function polled(linear: number, count: number, memory: CallMemory): Text {
  const bytes = memory.bytes(linear, Math.min(count, MOST_IOVECS) * 8);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: string[] = [];
  for (let at = 0; at + 8 <= bytes.length; at += 8)
    parts.push(`{fd=${view.getInt32(at, true)}, events=${flagText(FlagSets.poll, view.getUint16(at + 4, true))}}`);
  return parts.length < Math.min(count, MOST_IOVECS) ? undefined : `[${parts.join(', ')}]`;
}

/** The old mmap() takes its six arguments in memory. */
function mapArguments(linear: number, memory: CallMemory): Text {
  const bytes = memory.bytes(linear, 24);
  if (bytes.length < 24) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [start, length, protection, flags, fd, offset] = [0, 4, 8, 12, 16, 20].map(at => view.getUint32(at, true));
  return `{${pointer(start!)}, ${length}, ${flagText(FlagSets.protection, protection!)}, ${flagText(FlagSets.map, flags!)}, ${fd! | 0}, ${hex(offset!)}}`;
}

const FD_FLAGS: Readonly<Record<number, string>> = { 0: '0', 1: 'FD_CLOEXEC' };

function controlArgument(value: number, { values }: Call): Text {
  switch (values[1]) {
    case 0:
    case 1030:
      return signed(value);
    case 1:
    case 3:
    case 9:
      return null;
    case 2:
      return FD_FLAGS[value] ?? hex(value);
    case 4:
      return flagText(FlagSets.open, value);
    default:
      return pointer(value);
  }
}

const FutexOperations = [
  'WAIT',
  'WAKE',
  'FD',
  'REQUEUE',
  'CMP_REQUEUE',
  'WAKE_OP',
  'LOCK_PI',
  'UNLOCK_PI',
  'TRYLOCK_PI',
  'WAIT_BITSET',
  'WAKE_BITSET',
];

function futexOperation(value: number): string {
  const name = FutexOperations[value & 0x7f];
  if (name === undefined) return hex(value);
  return `FUTEX_${name}${(value & 0x80) !== 0 ? '_PRIVATE' : ''}${(value & 0x100) !== 0 ? '|FUTEX_CLOCK_REALTIME' : ''}`;
}

const wide = (low: number, high: number): string =>
  String(BigInt.asIntN(64, (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)));

const Kinds: Readonly<Record<string, Kind>> = {
  int: signed,
  uint: unsigned,
  hex,
  octal,
  ptr: pointer,
  fd: signed,
  dirfd: value => ((value | 0) === AT_FDCWD ? 'AT_FDCWD' : signed(value)),
  pid: signed,
  uid: signed,
  signal,
  handler: value => (value === 0 ? 'SIG_DFL' : value === 1 ? 'SIG_IGN' : pointer(value)),
  path: (value, _, { memory }) => path(value, memory),
  strings: (value, _, { memory }) => strings(value, memory),
  env: (value, _, { memory }) => {
    const found = value === 0 ? [] : pointers(value, memory);
    return found && `${pointer(value)} /* ${found.length} var${found.length === 1 ? '' : 's'} */`;
  },
  // The mode of a file counts only when one may be made.
  mode: (value, index, { values }) => ((values[index - 1]! & O_CREAT_OR_TMPFILE) !== 0 ? octal(value) : null),
  // Where to move to counts only when that is fixed.
  newptr: (value, index, { values }) => ((values[index - 1]! & MREMAP_FIXED) !== 0 ? pointer(value) : null),
  pages: value => hex(value * 4096),
  fcntl: (value, _, call) => controlArgument(value, call),
  futex: futexOperation,
  mmapargs: (value, _, { memory }) => mapArguments(value, memory),
  // As one number, whichever half comes first.
  low: (value, index, { values }) => wide(value, values[index + 1]!),
  high: (value, index, { values }) => wide(values[index + 1]!, value),
};

/** The text of one argument; undefined when it cannot be told, or not yet. */
function argument(kind: string, index: number, call: Call): Text {
  const value = call.values[index]!;
  const known = Kinds[kind];
  if (known) return known(value, index, call);
  const { memory, result } = call;
  const [, head = '', name = ''] = /^([!?{}]+|in:|out:|outhex:)(.*)$/.exec(kind) ?? [];
  switch (head) {
    case '!':
      // The low byte is the signal that the parent gets in the end.
      if (name === 'clone' && (value & 0xff) !== 0)
        return `${(value & ~0xff) === 0 ? '' : `${flagText(FlagSets.clone, value & ~0xff)}|`}${signal(value & 0xff)}`;
      return flagText(FlagSets[name as FlagSetName], value);
    case '?': {
      const names: Readonly<Record<number, string>> = Choices[name as ChoiceName];
      return names[value | 0] ?? hex(value);
    }
    case 'in:':
      return buffer(value, call.values[Number(name)]! >>> 0, memory);
    case 'out:':
    case 'outhex:': {
      if (result === undefined) return undefined;
      if (isError(result)) return pointer(value);
      return buffer(value, result >>> 0, memory, head === 'outhex:');
    }
    case '{':
      if (value === 0) return 'NULL';
      if (name === 'iov') return vectors(value, call.values[index + 1]! >>> 0, memory, Number.POSITIVE_INFINITY);
      if (name === 'poll') return polled(value, call.values[index + 1]! >>> 0, memory);
      return structureText(name, value, memory);
    case '}':
      if (value === 0) return 'NULL';
      if (name === 'ptr') return pointer(value);
      if (result === undefined) return undefined;
      if (isError(result)) return pointer(value);
      if (name === 'iov:R') return vectors(value, call.values[index + 1]! >>> 0, memory, result);
      // Nothing has been filled in: no child had changed its state.
      if (name === 'status' && result === 0) return pointer(value);
      return structureText(name, value, memory);
    case '{}':
      return structureText(name, value, memory);
    default:
      return hex(value);
  }
}

/** Halves of 64-bit numbers that their other half has shown. */
const isSecondHalf = (kinds: readonly string[], index: number): boolean =>
  (kinds[index] === 'high' && kinds[index - 1] === 'low') || (kinds[index] === 'low' && kinds[index - 1] === 'high');

/** Texts of all arguments; those that are undefined in `before` are tried again, others stay. */
export function argumentTexts(kinds: readonly string[], call: Call, before: readonly Text[] = []): Text[] {
  return kinds.map((kind, i) => {
    if (isSecondHalf(kinds, i)) return null;
    const known = before[i];
    if (call.result !== undefined && kind.startsWith('{}')) return changed(known, argument(kind, i, call));
    return known !== undefined ? known : argument(kind, i, call);
  });
}

/** A structure before and after: `{entry_number=-1 -> 6, ...}`, as the first number is what calls change. */
function changed(before: Text, after: Text): Text {
  if (typeof before !== 'string' || typeof after !== 'string' || before === after) return after;
  const [first, second] = [before, after].map(text => /^\{\w+=(-?\w+)/.exec(text));
  return first && second && first[1] !== second[1]
    ? `${first[0]} -> ${second[1]}${after.slice(second[0].length)}`
    : after;
}

/** What is shown of an argument that could not be told. */
export function fallbackText(kinds: readonly string[], index: number, value: number): string {
  return kinds[index]?.startsWith('in:') || kinds[index] === 'path' || /^[{}o]/.test(kinds[index] ?? '')
    ? pointer(value)
    : hex(value);
}
