/**
 * The recorded outcomes of a real processor (recording.ts) against instructions as compiled regions have them. REAL86_SIMD_COMPILED=1 takes all cases, else
 * a share (test/setup/share.ts).
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { wasmEngine } from '../../src/cpu/engine.ts';
import { ServiceNames } from '../../src/isa/builder.ts';
import { EAGER, Jit } from '../../src/jit/jit.ts';
import { replay } from '../recording.ts';
import { share } from '../setup/share.ts';
import { compareAll } from './compare.ts';
import { Guest } from './guest.ts';
import { Layout } from './layout.ts';
import { FILE, recordable } from './recording.ts';

const STEP = process.env.REAL86_SIMD_COMPILED ? 1 : share(19, 7);
const SIMD = ServiceNames.indexOf('simd');

it('recorded outcomes, compiled', { timeout: 600_000 }, () => {
  const recorded = replay(recordable, readFileSync(FILE));
  const [before, after] = [recorded.before, recorded.after].map(some) as [Uint8Array, Uint8Array];
  let calls = 0;
  let jit: Jit | undefined;
  const guest = new Guest((memory, imports) => {
    const service: typeof imports.service = (number, record, a, b, c) => {
      if (number === SIMD) calls++;
      return imports.service(number, record, a, b, c);
    };
    // The same place holds other code each time: that must not put off the JIT.
    jit = new Jit(memory, wasmEngine(memory, { ...imports, service }), { ...EAGER, losses: Number.POSITIVE_INFINITY });
    return jit;
  });
  let inline = 0;
  const compiled = {
    run: (states: DataView, at: number) => {
      const was = { calls, executed: jit!.statistics.executed };
      guest.runByJump(states, at, 2);
      // The first time is the interpreter's.
      if (jit!.statistics.executed > was.executed && calls <= was.calls + 1) inline++;
    },
  };
  const { failures } = compareAll(compiled, before, after);
  expect(failures.join('\n')).toBe('');
  const cases = before.length / Layout.bytes;
  expect(inline / cases).toBeGreaterThan(0.4);
});

/** Every so many of the cases. */
function some(states: Uint8Array): Uint8Array {
  const cases = Math.floor(states.length / Layout.bytes / STEP);
  const chosen = new Uint8Array(cases * Layout.bytes);
  for (let i = 0; i < cases; i++) {
    const at = i * STEP * Layout.bytes;
    chosen.set(states.subarray(at, at + Layout.bytes), i * Layout.bytes);
  }
  return chosen;
}
