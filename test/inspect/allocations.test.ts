/** What a trace of allocations makes of calls, returns and system calls, without a machine. Rows of steps, and what the events say. */
import { describe, expect, it } from 'vitest';
import type { AllocationEvent } from '../../src/inspect/allocations/events.ts';
import { type AllocatorName, findAllocator } from '../../src/inspect/allocations/functions.ts';
import { AllocationTrace } from '../../src/inspect/allocations/trace.ts';
import { Symbols } from '../../src/loaders/symbols.ts';

type Step =
  | ['call', AllocatorName, number[], { esp?: number; back?: number; pid?: number }?]
  | ['return', number, { esp?: number; back?: number; pid?: number }?]
  | ['system', number, number[], number]
  | ['end'];

const HEAP = 0x9000000;
const BRK = 45;
const MMAP2 = 192;
const MUNMAP = 91;
const MREMAP = 163;

function play(steps: readonly Step[], words: Readonly<Record<number, number>> = {}): AllocationEvent[] {
  const events: AllocationEvent[] = [];
  const trace = new AllocationTrace({
    caller: address => ({ address, symbol: null, file: null, line: null }),
    event: event => events.push(event),
  });
  trace.begin(1, HEAP, HEAP, undefined);
  let insn = 0;
  for (const step of steps) {
    insn++;
    switch (step[0]) {
      case 'call': {
        const { esp = 0x1000, back = 0x500, pid = 1 } = step[3] ?? {};
        trace.entered({ pid, directory: 1, insn, name: step[1], values: step[2], back, esp });
        break;
      }
      case 'return': {
        const { esp = 0x1004, back = 0x500, pid = 1 } = step[2] ?? {};
        trace.returned({ pid, directory: 1, back, esp, eax: step[1] }, at => words[at]);
        break;
      }
      case 'system':
        trace.systemCall({ pid: 1, directory: 1, number: step[1], values: step[2] });
        trace.systemCallDone({ pid: 1, directory: 1, eax: step[3] });
        break;
      case 'end':
        trace.end(1);
    }
  }
  return events;
}

const malloc = (size: number, at: number): Step[] => [
  ['call', 'malloc', [size]],
  ['return', at],
];
const free = (at: number): Step[] => [
  ['call', 'free', [at]],
  ['return', 0],
];
const grow: Step = ['system', BRK, [HEAP + 0x10000], HEAP + 0x10000];

describe('where memory comes from', () => {
  it.each<[string, Step[], Partial<AllocationEvent>]>([
    [
      'brk',
      [['call', 'malloc', [100]], grow, ['return', HEAP + 16]],
      { source: { kind: 'brk', from: HEAP, to: HEAP + 0x10000 }, held: 0x10000, live: 100 },
    ],
    ['unused memory', [grow, ...malloc(100, HEAP + 16)], { source: { kind: 'unused' } }],
    [
      'reuse',
      [grow, ...malloc(100, HEAP + 16), ...free(HEAP + 16), ...malloc(40, HEAP + 32)],
      { id: 2, source: { kind: 'reuse', of: 1 }, live: 40 },
    ],
    [
      'not of memory that the kernel had back between',
      [
        grow,
        ...malloc(5000, HEAP + 0x8000),
        ['call', 'free', [HEAP + 0x8000]],
        ['system', BRK, [HEAP + 0x4000], HEAP + 0x4000],
        ['return', 0],
        grow,
        ...malloc(5000, HEAP + 0x8000),
      ],
      { id: 2, source: { kind: 'unused' } },
    ],
    [
      'a mapping of its own',
      [
        ['call', 'malloc', [200_000]],
        ['system', MMAP2, [0, 200_704, 3, 0x22], 0xb7000000],
        ['return', 0xb7000010],
      ],
      { source: { kind: 'mmap', start: 0xb7000000, length: 200_704, own: true }, held: 200_704 },
    ],
    [
      'a mapping for more',
      [
        ['call', 'malloc', [100]],
        ['system', MMAP2, [0, 0x100000, 3, 0x22], 0xb7000000],
        ['return', 0xb7000010],
      ],
      { source: { kind: 'mmap', start: 0xb7000000, length: 0x100000, own: false } },
    ],
    ['none', [...malloc(0x7fffffff, 0)], { result: 0, id: null, source: null }],
    [
      'a longer mapping',
      [
        ['call', 'malloc', [200_000]],
        ['system', MMAP2, [0, 200_704, 3, 0x22], 0xb7000000],
        ['return', 0xb7000010],
        ['call', 'realloc', [0xb7000010, 400_000]],
        ['system', MREMAP, [0xb7000000, 200_704, 401_408, 1], 0xb6000000],
        ['return', 0xb6000010],
      ],
      { id: 2, frees: 1, live: 400_000, held: 401_408 },
    ],
    [
      'in place',
      [grow, ...malloc(100, HEAP + 16), ['call', 'realloc', [HEAP + 16, 50]], ['return', HEAP + 16]],
      { id: 2, frees: 1, source: { kind: 'in-place' }, live: 50 },
    ],
    [
      'posix_memalign gives it by pointer',
      [grow, ['call', 'posix_memalign', [0x800, 64, 100]], ['return', 0]],
      { result: HEAP + 64, size: 100, id: 1 },
    ],
    [
      'a call within a call does not count',
      [
        grow,
        ['call', 'calloc', [3, 4]],
        ['call', 'malloc', [12], { esp: 0xf00, back: 0x700 }],
        ['return', HEAP + 16, { esp: 0xf04, back: 0x700 }],
        ['return', HEAP + 16],
      ],
      { number: 1, call: 'calloc', size: 12 },
    ],
    [
      'nor one begun anew after a fault',
      [grow, ['call', 'malloc', [12]], ['call', 'malloc', [12]], ['return', HEAP + 16]],
      { number: 1, call: 'malloc' },
    ],
    [
      'nor a jump to another function',
      [grow, ['call', 'aligned_alloc', [64, 100]], ['call', 'memalign', [64, 100]], ['return', HEAP + 64]],
      { number: 1, call: 'aligned_alloc' },
    ],
    [
      'another thread has its own',
      [
        grow,
        ['call', 'malloc', [12]],
        ['call', 'malloc', [24], { pid: 2, esp: 0x8000 }],
        ['return', HEAP + 16],
        ['return', HEAP + 64, { pid: 2, esp: 0x8004 }],
      ],
      { number: 2, pid: 2, size: 24, result: HEAP + 64 },
    ],
    [
      'one that never returns is told when its thread goes on',
      [grow, ['call', 'malloc', [12], { esp: 0x800 }], ['call', 'malloc', [24]], ['return', HEAP + 16]],
      { number: 2, size: 24 },
    ],
  ])('%s', (_, steps, expected) => {
    expect(play(steps, { 2048: HEAP + 64 }).at(-1)).toMatchObject(expected);
  });
});

describe('what free does', () => {
  it.each<[string, Step[], Partial<AllocationEvent>]>([
    [
      'munmap',
      [
        ['call', 'malloc', [200_000]],
        ['system', MMAP2, [0, 200_704, 3, 0x22], 0xb7000000],
        ['return', 0xb7000010],
        ['call', 'free', [0xb7000010]],
        ['system', MUNMAP, [0xb7000000, 200_704], 0],
        ['return', 0],
      ],
      { frees: 1, freedSize: 200_000, releases: [{ kind: 'munmap', start: 0xb7000000, length: 200_704 }], held: 0 },
    ],
    ['of NULL', free(0), { frees: null, problem: null }],
    [
      'twice',
      [grow, ...malloc(100, HEAP + 16), ...free(HEAP + 16), ...free(HEAP + 16)],
      { problem: { kind: 'double-free', id: 1 }, frees: null },
    ],
    [
      'twice, of a mapping',
      [
        ['call', 'malloc', [200_000]],
        ['system', MMAP2, [0, 200_704, 3, 0x22], 0xb7000000],
        ['return', 0xb7000010],
        ['call', 'free', [0xb7000010]],
        ['system', MUNMAP, [0xb7000000, 200_704], 0],
        ['return', 0],
        ['call', 'free', [0xb7000010]],
        ['end'],
      ],
      { problem: { kind: 'double-free', id: 1 }, returned: false },
    ],
    [
      'in the middle of a block',
      [grow, ...malloc(100, HEAP + 16), ...free(HEAP + 20)],
      { problem: { kind: 'bad-free', id: 1, offset: 4 } },
    ],
    ['of what nobody gave', free(0x8049000), { problem: { kind: 'bad-free', id: null, offset: 0 } }],
  ])('%s', (_, steps, expected) => {
    expect(play(steps).at(-1)).toMatchObject(expected);
  });
});

it('finds allocators by their names, each function once', () => {
  const symbol = (name: string, address: number, kind: 'function' | 'object' = 'function') => ({
    name,
    address,
    size: 8,
    kind,
  });
  const symbols = new Symbols([
    symbol('__libc_malloc', 0x100),
    symbol('malloc', 0x100),
    symbol('__libc_free', 0x200),
    symbol('cfree', 0x200),
    symbol('__libc_memalign', 0x300),
    symbol('calloc', 0x400, 'object'),
    symbol('my_malloc', 0x500),
  ]);
  expect(findAllocator(symbols).map(({ name, linear }) => [name, linear])).toEqual([
    ['malloc', 0x100],
    ['free', 0x200],
    ['memalign', 0x300],
  ]);
});
