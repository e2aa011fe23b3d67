import { describe, expect, it } from 'vitest';
import {
  parseCount,
  parseDuration,
  parseEnvironment,
  parseExitMap,
  parseMemory,
  parseSeed,
} from '../../src/cli/quantities.ts';
import { nearest } from '../../src/cli/suggest.ts';
import { escapeFilter } from '../../src/cli/terminal.ts';
import { UserError } from '../../src/cli/user-error.ts';

const MIB = 1 << 20;

/** The value, or 'refused' for a UserError of one line. */
function of<T>(parse: () => T): T | 'refused' {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof UserError) || error.message.includes('\n')) throw error;
    return 'refused';
  }
}

describe('quantities', () => {
  it.each([
    ['64', 64 * MIB],
    ['64M', 64 * MIB],
    ['1m', MIB],
    ['2047M', 2047 * MIB],
    ['1G', 1024 * MIB],
    ['16384K', 16 * MIB],
    ['16MiB', 16 * MIB],
    ['2048M', 'refused'],
    ['0', 'refused'],
    ['-1', 'refused'],
    ['1023K', 'refused'],
    ['1025K', 'refused'],
    ['1.5G', 'refused'],
    ['', 'refused'],
    ['64X', 'refused'],
  ])('-m %s', (text, bytes) => expect(of(() => parseMemory(text))).toBe(bytes));

  it.each([
    ['2e9', 2e9],
    ['500000', 500000],
    ['1_000_000', 1e6],
    ['2.5G', 2.5e9],
    ['10k', 10000],
    ['1', 1],
    ['0', 'refused'],
    ['1.5', 'refused'],
    ['1e300', 'refused'],
    ['many', 'refused'],
    ['-5', 'refused'],
  ])('--max-insns %s', (text, count) => expect(of(() => parseCount('--max-insns', text))).toBe(count));

  it.each([
    ['60s', 60000],
    ['60', 60000],
    ['500ms', 500],
    ['1.5m', 90000],
    ['1h', 3600000],
    ['0s', 'refused'],
    ['1d', 'refused'],
    ['9999h', 'refused'],
  ])('--wall %s', (text, time) => expect(of(() => parseDuration('--wall', text))).toBe(time));

  it.each([
    ['0', 0],
    ['4294967295', 2 ** 32 - 1],
    ['0xff', 255],
    ['4294967296', 'refused'],
    ['-1', 'refused'],
    ['', 'refused'],
  ])('--seed %s', (text, seed) => expect(of(() => parseSeed(text))).toBe(seed));

  it.each([
    [['0x31=0'], [[0x31, 0]]],
    [
      ['1=2,3=4', '5=6'],
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    ],
    [['1'], 'refused'],
    [['1=256'], 'refused'],
    [['0x1ffffffff=1'], 'refused'],
  ])('--exit-map %j', (texts, map) => {
    const found = of(() => parseExitMap(texts));
    expect(found === 'refused' ? found : [...found]).toEqual(map);
  });

  it.each([
    ['A=b', ['A=b']],
    ['A=', ['A=']],
    ['A=b=c', ['A=b=c']],
    ['=b', 'refused'],
    ['A', 'refused'],
    ['A=\0', 'refused'],
  ])('--env %j', (text, list) => expect(of(() => parseEnvironment([text]))).toEqual(list));
});

describe('did you mean', () => {
  const words = ['seed', 'report', 'memory', 'max-insns', 'env'];
  it.each([
    ['sede', 'seed'],
    ['rep', 'report'],
    ['max-insn', 'max-insns'],
    ['repotr', 'report'],
    ['banana', undefined],
    ['x', undefined],
  ])('%s', (typed, meant) => expect(nearest(typed, words)).toBe(meant));
});

describe('keys of our own in a terminal', () => {
  it.each([
    ['abc', 'abc', 0],
    ['\x03', '\x03', 0],
    ['a\x01xb', 'ab', 1],
    ['\x01X', '', 1],
    ['\x01\x01', '\x01', 0],
    ['\x01\x01x', '\x01x', 0],
    ['\x01qz', 'z', 0],
  ])('%j', (typed, kept, ends) => {
    // In one piece and key by key.
    for (const pieces of [[typed], [...typed]]) {
      let ended = 0;
      const filter = escapeFilter(0x01, () => ended++);
      const out = pieces.flatMap(piece => [...filter(new TextEncoder().encode(piece))]);
      expect([String.fromCharCode(...out), ended]).toEqual([kept, ends]);
    }
  });
});
