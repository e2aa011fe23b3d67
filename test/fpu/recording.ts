/** What is recorded of x87 instructions: test/data/host-x87.bin, 64 states of each form (test/recording.ts). */
import { Random } from '../cpu/rig.ts';
import type { Recordable } from '../recording.ts';
import { At, CASE_BYTES, encodeRow, Image, writeCase, X87Forms } from './case.ts';
import { viewOf } from './compare.ts';

export const FILE = 'test/data/host-x87.bin';
export const SEED = 87;
export const STATES = 64 * X87Forms.length;

export const recordable: Recordable = {
  bytes: CASE_BYTES,
  regions: [
    [At.length, 1],
    [At.eax, 8],
    [At.memory, 128],
    [At.image, 12],
    [At.image + Image.registers, 80],
  ],
  draw: (seed, count) => {
    const random = new Random(seed);
    const states = new Uint8Array(count * CASE_BYTES);
    const view = viewOf(states);
    for (let i = 0; i < count; i++) {
      const form = X87Forms[i % X87Forms.length]!;
      writeCase(random, view, i * CASE_BYTES, encodeRow(form, random.below(8)), form.row.mnemonic);
    }
    return states;
  },
};
