import { describe, expect, it } from 'vitest';
import { entryFlags, explainWalk, peekLinear32 } from '../../src/inspect/page-walk.ts';
import { PhysicalMemory } from '../../src/mmu/physical.ts';

/** Page directory at 1000h, a page table at 2000h for directory entry 1. */
const PAGING = { cr0: 0x80000001 | 0, cr3: 0x1018, cr4: 0x10 };
const words: [number, number][] = [
  [0x1000, 0x00400083], // PDE 0: 4 MiB page at 400000h, W, supervisor
  [0x1004, 0x00002027], // PDE 1: table at 2000h, W, U, A
  [0x1008, 0x00002006], // PDE 2: not present, though other bits are set
  [0x1ffc, 0x00002005], // PDE 1023: the table, read-only
  [0x2000, 0x00005067], // PTE 0: page 5000h, W U A D
  [0x2004, 0x00006005], // PTE 1: page 6000h, read-only, U
  [0x2008, 0x00000000],
  [0x2ffc, 0x00007003], // PTE 1023: page 7000h, W, supervisor
  [0x5ffc, 0x44332211],
  [0x6000, 0x88776655],
];

function memory(): PhysicalMemory {
  const physical = new PhysicalMemory(new ArrayBuffer(0x800000), 0, 0x800000);
  physical.map('ram', 0, 0x800000);
  for (const [at, value] of words) physical.write(at, value, 4);
  return physical;
}

const row = (linear: number, mode = PAGING) => {
  const { steps, physical, writable, user, start, end } = explainWalk(memory(), mode, linear);
  const way = steps.map(s => `${s.table}[${s.index}]@${s.at.toString(16)}=${s.value.toString(16)}`).join(' ');
  return [way, physical, `${writable ? 'w' : '-'}${user ? 'u' : '-'}`, start, end];
};

describe('a walk explained', () => {
  it.each([
    ['4 MiB page', 0x00012345, ['PDE[0]@1000=400083', 0x00412345, 'w-', 0, 0x400000]],
    ['4 KiB page', 0x00400123, ['PDE[1]@1004=2027 PTE[0]@2000=5067', 0x5123, 'wu', 0x400000, 0x401000]],
    ['read-only page', 0x00401000, ['PDE[1]@1004=2027 PTE[1]@2004=6005', 0x6000, '-u', 0x401000, 0x402000]],
    ['supervisor page', 0x007fffff, ['PDE[1]@1004=2027 PTE[1023]@2ffc=7003', 0x7fff, 'w-', 0x7ff000, 0x800000]],
    [
      'read-only directory entry',
      0xffc00004,
      ['PDE[1023]@1ffc=2005 PTE[0]@2000=5067', 0x5004, '-u', 0xffc00000, 0xffc01000],
    ],
    ['no page', 0x00402abc, ['PDE[1]@1004=2027 PTE[2]@2008=0', undefined, '--', 0x402000, 0x403000]],
    ['no table', 0x00900000, ['PDE[2]@1008=2006', undefined, 'wu', 0x800000, 0xc00000]],
  ])('%s', (_name, linear, expected) => expect(row(linear)).toEqual(expected));

  it('takes bit 7 for nothing without CR4.PSE', () => {
    expect(row(0x12345, { ...PAGING, cr4: 0 })[0]).toMatch(/^PDE\[0\]@1000=400083 PTE/);
  });

  it('has no steps without paging', () => {
    expect(row(0xdeadbeef, { ...PAGING, cr0: 1 })).toEqual(['', 0xdeadbeef, 'wu', 0, 2 ** 32]);
  });

  it('leaves the tables as they are', () => {
    const physical = memory();
    const before = physical.bytes.slice();
    explainWalk(physical, PAGING, 0x401000);
    expect(Buffer.compare(physical.bytes, before)).toBe(0);
  });

  // Nothing reads as all ones: entries that are present and point nowhere.
  it('survives tables that point outside memory', () => {
    expect(explainWalk(memory(), { ...PAGING, cr3: 0xfffff000 | 0, cr4: 0 }, 0x400000).steps).toHaveLength(2);
  });

  it('with PAE: three levels, 2 MiB pages, no-execute', () => {
    const physical = memory();
    const entries: [number, number, number][] = [
      [0x3020, 0x00004001, 0],
      [0x4000, 0x00005007, 0],
      [0x4008, 0x00600087, 0x80000000],
      [0x5008, 0x00006007, 1],
    ];
    for (const [at, low, high] of entries) {
      physical.write(at, low, 4);
      physical.write(at + 4, high, 4);
    }
    const wide = { ...PAGING, cr3: 0x3020, cr4: 0x20 };
    const rows = [0x1abc, 0x212345, 0x400000, 0x40000000].map(linear => {
      const { steps, physical: to, executable, start, end } = explainWalk(physical, wide, linear);
      return [steps.map(s => `${s.table}[${s.index}]`).join(' '), to, executable, start, end];
    });
    expect(rows).toEqual([
      ['PDPTE[0] PDE[0] PTE[1]', 0x100006abc, true, 0x1000, 0x2000],
      ['PDPTE[0] PDE[1]', 0x612345, false, 0x200000, 0x400000],
      ['PDPTE[0] PDE[2]', undefined, true, 0x400000, 0x600000],
      ['PDPTE[1]', undefined, true, 0x40000000, 0x80000000],
    ]);
  });

  it.each([
    [0x400ffe, 0x66554433],
    [0x401000, 0x88776655],
    [0x401ffe, undefined],
  ])('doubleword at %i', (linear, value) => expect(peekLinear32(memory(), PAGING, linear)).toBe(value));

  it.each([
    [0x00005067, 'PTE', 'P W U A D'],
    [0x00006005, 'PTE', 'P read-only U'],
    [0x00400083, 'PDE', 'P W supervisor PS'],
    [0x00002006, 'PDE', 'P=0'],
  ] as const)('bits of %i', (value, table, text) => expect(entryFlags(value, table)).toBe(text));
});
