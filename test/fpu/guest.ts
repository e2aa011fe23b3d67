/** Runs x87 cases (case.ts) on our processor: FRSTOR, the instruction, FNSAVE, as native/runner.c does it. */
import type { Arrival } from '../../src/conform/user-machine.ts';
import type { Cpu } from '../../src/cpu/cpu.ts';
import type { MakeEngine } from '../../src/cpu/engine.ts';
import { enterProtected, makeCpu, poke } from '../cpu/rig.ts';
import { At, CASE_BYTES } from './case.ts';

const CODE = 0x1000;
/** Jumps to CODE. */
const JUMP = [0xe9, ...address(-5 + 0x20)];
const JUMP_AT = CODE - 0x20;
const CASE = 0x2000;
const OUT = 0x3000;
const HANDLER = 0x4000;
/** FRSTOR [CASE image] and FNSAVE [OUT]. */
const RESTORE = [0xdd, 0x25, ...address(CASE + At.image)];
const SAVE = [0xdd, 0x35, ...address(OUT)];

function address(value: number): number[] {
  return [0, 8, 16, 24].map(shift => (value >>> shift) & 0xff);
}

export type GuestRunner = (cases: Uint8Array) => Uint8Array;

/** Instructions from the state to its image. */
const LENGTH = 3;
/** Jumps until an eager engine has compiled what they reach, and one into what it made. */
const ROUNDS = 3;

export function guestRunner(engine?: MakeEngine, arrival: Arrival = 'block'): GuestRunner {
  let faulted = false;
  const observeException = (): void => {
    faulted = true;
  };
  const options = { bus: { observeException } };
  const cpu: Cpu = makeCpu(engine ? { ...options, engine } : options);
  enterProtected(cpu);
  cpu.state.cr0 |= 0x20;
  poke(cpu, HANDLER, [0xf4]);
  poke(cpu, JUMP_AT, JUMP);
  let last = '';
  return cases => {
    const out = Uint8Array.from(cases);
    const view = new DataView(out.buffer);
    const memory = cpu.physical.bytes;
    for (let at = 0; at < cases.length; at += CASE_BYTES) {
      const length = cases[at + At.length]!;
      const code = cases.subarray(at, at + length);
      const name = code.join();
      if (name !== last) {
        poke(cpu, CODE, [...RESTORE, ...code, ...SAVE]);
        last = name;
      }
      const { state } = cpu;
      for (let round = arrival === 'jump' ? ROUNDS : 1; round > 0; round--) {
        memory.set(cases.subarray(at, at + CASE_BYTES), CASE);
        state.eip = arrival === 'jump' ? JUMP_AT : CODE;
        state.eax = view.getInt32(at + At.eax, true);
        state.edi = CASE + At.memory;
        cpu.eflags = view.getUint32(at + At.eflags, true);
        faulted = false;
        cpu.halted = false;
        if (arrival === 'step') for (let i = 0; i < LENGTH; i++) cpu.run(1);
        else cpu.run(arrival === 'jump' ? LENGTH + 1 : LENGTH);
      }
      out[at + At.length] = faulted ? 1 : 0;
      view.setInt32(at + At.eax, state.eax, true);
      view.setInt32(at + At.eflags, cpu.eflags, true);
      out.set(memory.subarray(CASE + At.memory, CASE + At.memory + 128), at + At.memory);
      out.set(memory.subarray(OUT, OUT + 108), at + At.image);
    }
    return out;
  };
}
