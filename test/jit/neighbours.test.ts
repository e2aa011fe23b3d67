/** Which accesses of a block ask the TLB together: addresses as sums, and groups of them as planning finds and writing uses them. */
import { describe, expect, it } from 'vitest';
import type { Node } from '../../src/cpu/wasm-arithmetic.ts';
import { type AccessId, Neighbours } from '../../src/jit/neighbours.ts';
import { Local } from '../../src/jit/region-context.ts';
import { Op } from '../../src/wasm/code.ts';

const [EBX, ESI] = [3, 6];
const home = (number: number): Node => ({ kind: 'local', index: Local.homes + number });
const k = (value: number): Node => ({ kind: 'const', value });
const add = (...args: Node[]): Node => ({ kind: 'op', op: Op.i32_add, args });
const none = () => undefined;
const FIRST_WORD = 100;

interface Step {
  readonly id: AccessId;
  readonly at: Node;
  readonly size?: number;
  readonly write?: boolean;
  /** Before it. */
  readonly change?: 'ebx' | 'clear' | 'block';
}

/** What each access of a plan is, once written: its kind, and for the first of a group what it makes sure of. */
function roles(steps: readonly Step[]): string[] {
  const pass = (neighbours: Neighbours) =>
    steps.map(({ id, at, size = 4, write = false, change }, i) => {
      if (change === 'ebx') neighbours.changed(EBX);
      if (change === 'clear') neighbours.clear();
      if (change === 'block') neighbours.begin(i + 1);
      const address = neighbours.addressOf(at, none);
      const role = address && neighbours.roleOf(id, address, size, write, true);
      if (role?.kind !== 'first') return role?.kind ?? 'no sum';
      const { low, high, write: writes } = role.extent;
      return `first ${low} to ${high}${writes ? ' to write' : ''}`;
    });
  const planned = new Neighbours(undefined, 0);
  pass(planned);
  return pass(new Neighbours(planned.found, FIRST_WORD));
}

describe('neighbours', () => {
  it.each<readonly [string, readonly Step[], readonly string[]]>([
    ['one alone', [{ id: '0.1', at: home(EBX) }], ['alone']],
    [
      'fields of a record, lower ones too',
      [
        { id: '0.1', at: add(home(EBX), k(8)) },
        { id: '1.1', at: add(home(EBX), k(-4)), size: 2 },
        { id: '2.1', at: add(k(12), home(EBX)) },
      ],
      ['first -4 to 16', 'next', 'next'],
    ],
    [
      'what is written in the same block is asked for as such at once',
      [
        { id: '0.1', at: home(EBX) },
        { id: '1.1', at: home(EBX), write: true },
      ],
      ['first 0 to 4 to write', 'next'],
    ],
    [
      'what another block writes is not: that is not certain to come',
      [
        { id: '0.1', at: home(EBX) },
        { id: '1.1', at: add(home(EBX), k(4)) },
        { id: '2.1', at: home(EBX), write: true, change: 'block' },
      ],
      ['first 0 to 8', 'next', 'alone'],
    ],
    [
      'the register has another value',
      [
        { id: '0.1', at: home(EBX) },
        { id: '1.1', at: home(EBX), change: 'ebx' },
      ],
      ['alone', 'alone'],
    ],
    [
      'ways meet in between',
      [
        { id: '0.1', at: home(EBX) },
        { id: '1.1', at: home(EBX), change: 'clear' },
      ],
      ['alone', 'alone'],
    ],
    [
      'too far from each other',
      [
        { id: '0.1', at: home(EBX) },
        { id: '1.1', at: add(home(EBX), k(600)) },
        { id: '2.1', at: add(home(EBX), k(604)) },
      ],
      ['alone', 'first 600 to 608', 'next'],
    ],
    [
      'an index belongs to the sum, in any order',
      [
        { id: '0.1', at: add(home(EBX), home(ESI)) },
        { id: '1.1', at: add(add(home(ESI), k(4)), home(EBX)) },
        { id: '2.1', at: home(EBX) },
      ],
      ['first 0 to 8', 'next', 'alone'],
    ],
    [
      'nothing is known of a product',
      [{ id: '0.1', at: { kind: 'op', op: Op.i32_mul, args: [home(EBX), k(3)] } }],
      ['no sum'],
    ],
  ])('%s', (_, steps, expected) => expect(roles(steps)).toEqual(expected));

  it('goes back to what was known where the ways parted', () => {
    const neighbours = new Neighbours(undefined, 0);
    const known = neighbours.save();
    const before = neighbours.addressOf(home(EBX), none);
    neighbours.changed(EBX);
    expect(neighbours.addressOf(home(EBX), none)).not.toEqual(before);
    neighbours.restore(known);
    expect(neighbours.addressOf(home(EBX), none)).toEqual(before);
  });
});
