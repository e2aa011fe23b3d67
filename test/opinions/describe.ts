/** A case and its outcomes in words. */
import { disassembleAt } from '../../src/inspect/disassemble.ts';
import { type Case, Way } from './case.ts';
import { Draft } from './draft.ts';
import { ARENA, ARENA_BYTES, placeName } from './layout.ts';
import { parseOutcome } from './outcome.ts';
import { standardArena } from './standard.ts';
import { StateWords } from './state.ts';

const VECTORS = 'DE DB NMI BP OF BR UD NM DF 9 TS NP SS GP PF 15 MF AC MC XM'.split(' ');
const INSTRUCTIONS = 6;

const hex = (value: number): string => (value >>> 0).toString(16);

/** Memory when it begins. */
export function arenaOf({ patches }: Case): Uint8Array {
  const bytes = standardArena();
  for (const { at, bytes: patch } of patches) bytes.set(patch, at - ARENA);
  return bytes;
}

/** What it starts from: only what is not as always. */
export function describeCase(one: Case): string {
  const idle = new Draft(1).state;
  const words = StateWords.filter(name => one.state[name] !== idle[name]);
  const state = words.map(name => `${name} ${hex(one.state[name])}`).join(', ');
  const memory = new Map<string, string>();
  for (const { at, bytes } of one.patches)
    memory.set(placeName(at), Buffer.from(bytes.subarray(0, 32)).toString('hex') + (bytes.length > 32 ? '...' : ''));
  const patches = [...memory].map(([place, bytes]) => `${place} ${bytes}`).join(', ');
  const way = Object.entries(Way).find(([, value]) => value === one.way)![0];
  return [
    `${one.family}: ${one.title}`,
    `  begins by ${way}${one.timer ? ', timer pending' : ''}: ${state || 'as always'}`,
    `  memory: ${patches || 'as always'}`,
    ...listing(one).map(line => `    ${line}`),
  ].join('\n');
}

function listing(one: Case): string[] {
  const bytes = arenaOf(one);
  const low = one.state.eip < ARENA;
  const at = low ? one.state.eip + ARENA : one.state.eip;
  const big = !low && one.way !== Way.virtual8086 && one.way !== Way.real;
  const lines: string[] = [];
  for (let linear = at; lines.length < INSTRUCTIONS && linear >= ARENA && linear < ARENA + ARENA_BYTES; ) {
    const { text, length } = disassembleAt(i => bytes[(linear - ARENA + i) & 0xffff]!, {
      address: low ? linear - ARENA : linear,
      big,
    });
    if (text === 'int3' && lines.length > 0) break;
    lines.push(`${hex(linear)}  ${text}`);
    linear += Math.max(1, length);
  }
  return lines;
}

export function describeOutcome(text: string | undefined): string {
  if (text === undefined) return 'none: it does not end, or the one before does not';
  const { vector, state, memory } = parseOutcome(text);
  if (vector === undefined) return 'shutdown';
  const words = [...state].map(([index, value]) => `${StateWords[index]} ${hex(value)}`);
  const places = [...memory].map(([offset, value]) => `${placeName(ARENA + offset)}=${hex(value)}`);
  return `vector ${hex(vector)}${VECTORS[vector] ? ` #${VECTORS[vector]}` : ''}; ${words.join(', ')}; ${places.join(' ')}`;
}

/** Only what one has otherwise than the other, if both have an end. */
export function describeDifference(ours: string, theirs: string): string {
  const [a, b] = [parseOutcome(ours), parseOutcome(theirs)];
  if (a.vector !== b.vector)
    return `vector ${a.vector?.toString(16) ?? 'shutdown'}, theirs ${b.vector?.toString(16) ?? 'shutdown'}`;
  const parts: string[] = [];
  for (const index of new Set([...a.state.keys(), ...b.state.keys()])) {
    const [x, y] = [a.state.get(index), b.state.get(index)];
    if (x !== y) parts.push(`${StateWords[index]} ${told(x)}, theirs ${told(y)}`);
  }
  for (const offset of new Set([...a.memory.keys(), ...b.memory.keys()])) {
    const [x, y] = [a.memory.get(offset), b.memory.get(offset)];
    if (x !== y) parts.push(`${placeName(ARENA + offset)} ${told(x)}, theirs ${told(y)}`);
  }
  return parts.join('; ');
}

const told = (value: number | undefined): string => (value === undefined ? 'as before' : hex(value));
