/** Records made from known shapes are those the decoder's results make; and facts about forms, found by the build, are what observing them gives. */
import { describe, expect, it } from 'vitest';
import { DECODE_MODES, Mode } from '../../src/cpu/decode-mode.ts';
import { decode } from '../../src/cpu/decoder.ts';
import { enumerateForms, FormSource } from '../../src/cpu/form-enumeration.ts';
import { FormSelector } from '../../src/cpu/forms.ts';
import { InstructionShapes } from '../../src/cpu/instruction-shapes.ts';
import { RECORD_SIZE, writeRecord } from '../../src/cpu/record.ts';
import { randomCode } from './random-machine.ts';
import { Random } from './rig.ts';

const table = enumerateForms();
const CODE = 0x1000;
const LENGTH = 0x4000;
const EXPECTED = 0x100;
const RECALLED = 0x200;

function recorder(seed: number) {
  const random = new Random(seed);
  const buffer = new ArrayBuffer(0x10000);
  const records = { bytes: new Uint8Array(buffer), halves: new Uint16Array(buffer), words: new Int32Array(buffer) };
  const { bytes, words } = records;
  const forms = new FormSelector(table);
  const shapes = new InstructionShapes(records, bytes, DECODE_MODES);
  const recordAt = (at: number) => [...words.subarray(at >> 2, (at + RECORD_SIZE) >> 2)];

  /** How the instruction at `from` was met: unknown to the decoder, new, or recalled as it should be. */
  const meet = (mode: number, from: number, end: number) => {
    const [index, offset] = [random.below(64), random.below(0x1000)];
    const decoded = decode(i => (from + i < end ? bytes[from + i]! : -1), (mode & Mode.big) !== 0);
    // What was there before must not show.
    words.fill(random.word(), RECALLED >> 2, (RECALLED + RECORD_SIZE) >> 2);
    const known = shapes.recall(mode, from, end, RECALLED, index, offset);
    if (typeof decoded === 'string') {
      expect(known).toBe(0);
      return 'none';
    }
    const { id, binding } = forms.select(decoded, (mode & Mode.flat) !== 0);
    writeRecord(records, EXPECTED, decoded, id, binding, index, offset);
    if (known === 0) {
      shapes.learn(mode, from, EXPECTED, decoded, binding.masks);
      return 'new';
    }
    expect(known).toBe(decoded.length);
    expect(recordAt(RECALLED)).toEqual(recordAt(EXPECTED));
    return 'recalled';
  };
  return { random, bytes, meet };
}

describe('instruction shapes', () => {
  it('recall what the decoder makes of the same bytes, in all modes', () => {
    const { random, bytes, meet } = recorder(1);
    const met = { none: 0, new: 0, recalled: 0 };
    for (let round = 0; round < 12; round++) {
      bytes.set(randomCode(random, LENGTH), CODE);
      for (let at = CODE; at < CODE + LENGTH; at++) {
        met[meet(random.below(DECODE_MODES), at, CODE + LENGTH)]++;
        if (met.recalled % 1000 === 999) meet(random.below(DECODE_MODES), at, at + random.below(8));
      }
    }
    expect(met.recalled).toBeGreaterThan(20_000);
    expect(met.new).toBeGreaterThan(20_000);
  });

  it('change with displacement and immediates alone', () => {
    const { bytes, meet } = recorder(2);
    // MOV dword [EBX+ECX*4+disp8], imm32; PUSH imm8; CALL rel32; MOV AX, [moffs]; ENTER imm16, imm8; LJMP ptr16:32; POP [ESP+disp32]
    for (const code of [
      [0xc7, 0x44, 0x8b, 0x80, 1, 2, 3, 0x84],
      [0x6a, 0xff],
      [0xe8, 0, 0, 0, 0x80],
      [0x66, 0xa1, 1, 2, 3, 4],
      [0xc8, 0x34, 0xff, 0x81],
      [0xea, 1, 2, 3, 4, 0x23, 0xf0],
      [0x8f, 0x84, 0x24, 0xfc, 0xff, 0xff, 0x7f],
    ]) {
      bytes.set(code, CODE);
      expect(meet(3, CODE, CODE + code.length)).toBe('new');
      expect(meet(3, CODE, CODE + code.length)).toBe('recalled');
      bytes[CODE + code.length - 1]! ^= 0x55;
      expect(meet(3, CODE, CODE + code.length)).toBe('recalled');
      expect(meet(2, CODE, CODE + code.length), 'another mode').toBe('new');
      bytes[CODE]! ^= 0xff;
      expect(meet(3, CODE, CODE + code.length)).not.toBe('recalled');
    }
  });
});

describe('forms made one by one', () => {
  it('are those that were enumerated', () => {
    const source = new FormSource(table);
    for (const { name: _, hot: __, ...form } of table.forms) expect(source.form(form.id)).toEqual(form);
  });

  it('know of nothing that is no form', () => {
    const source = new FormSource(table);
    for (const id of [-1, 0, 4, table.forms.length + 5]) expect(() => source.form(id)).toThrow('no form numbered');
  });
});
