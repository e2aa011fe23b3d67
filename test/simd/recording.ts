/** What is recorded of SIMD instructions: test/data/host-simd.bin, 52 states of each row (test/recording.ts). */
import { Random } from '../cpu/rig.ts';
import type { Recordable } from '../recording.ts';
import { generate, TestedRows } from './generate.ts';
import { Fx, Layout, WINDOW_BYTES } from './layout.ts';

export const FILE = 'test/data/host-simd.bin';
export const SEED = 86;
export const STATES = 52 * TestedRows.length;

export const recordable: Recordable = {
  bytes: Layout.bytes,
  regions: [
    [Layout.vector, 12],
    [Layout.registers, 36],
    [Layout.fx + Fx.status, 3],
    [Layout.fx + Fx.mxcsr, 4],
    ...Array.from({ length: 8 }, (_, i) => [Layout.fx + Fx.st + 16 * i, 10] as const),
    [Layout.fx + Fx.xmm, 128],
    [Layout.memory, WINDOW_BYTES],
  ],
  draw: (seed, count) => {
    const random = new Random(seed);
    const states = new Uint8Array(count * Layout.bytes);
    const view = new DataView(states.buffer);
    for (let i = 0; i < count; i++) generate(random, TestedRows[i % TestedRows.length]!, view, i * Layout.bytes);
    return states;
  },
};
