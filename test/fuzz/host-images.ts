/** x87 and SIMD instructions: states that are images of bytes, before and after alike (test/fpu, test/simd). */
import { countedForm, decodeBytes, formName } from '../../src/conform/coverage.ts';
import type { Random } from '../cpu/rig.ts';
import { At, CASE_BYTES, encodeRow, Image, writeCase, X87Forms } from '../fpu/case.ts';
import { compareOutcomes, showCase, viewOf } from '../fpu/compare.ts';
import { type GuestRunner, guestRunner } from '../fpu/guest.ts';
import { type HostRunner, hostRunner } from '../fpu/host.ts';
import { codeOf, compareCase, describeCode } from '../simd/compare.ts';
import { generate, TestedRows } from '../simd/generate.ts';
import { Guest } from '../simd/guest.ts';
import { type Host, openHost } from '../simd/host.ts';
import { Fx, Layout } from '../simd/layout.ts';
import { engineOf, type Subject, type Way } from './host-subject.ts';

/** Offset and length. */
type Range = readonly [number, number];

abstract class ImageSubject implements Subject<Uint8Array, Uint8Array> {
  protected abstract readonly bytes: number;
  /** What a state may hold zeros in instead. */
  protected abstract readonly parts: readonly Range[];

  abstract draw(random: Random, count: number): Uint8Array[];
  protected abstract askAll(states: Uint8Array): Uint8Array;
  abstract run(state: Uint8Array, way: Way): Uint8Array | undefined;
  abstract compare(state: Uint8Array, ours: Uint8Array, theirs: Uint8Array): string[] | undefined;
  protected abstract codeOf(state: Uint8Array): Uint8Array;
  abstract describe(state: Uint8Array): string;
  abstract close(): void;

  ask(states: readonly Uint8Array[]): Uint8Array[] {
    const after = this.askAll(Uint8Array.from(Buffer.concat(states)));
    return states.map((_, i) => Uint8Array.from(after.subarray(i * this.bytes, (i + 1) * this.bytes)));
  }

  formOf(state: Uint8Array): string | undefined {
    const decoded = decodeBytes(this.codeOf(state), true);
    return decoded && formName(countedForm(decoded));
  }

  *simpler(state: Uint8Array): Iterable<Uint8Array> {
    for (const [at, length] of this.parts) {
      if (state.subarray(at, at + length).every(byte => byte === 0)) continue;
      yield Uint8Array.from(state).fill(0, at, at + length);
    }
  }

  pack(state: Uint8Array, outcome: Uint8Array): unknown {
    return { state: Buffer.from(state).toString('base64'), outcome: Buffer.from(outcome).toString('base64') };
  }

  unpack(packed: unknown): { state: Uint8Array; outcome: Uint8Array } {
    const { state, outcome } = packed as { state: string; outcome: string };
    return {
      state: Uint8Array.from(Buffer.from(state, 'base64')),
      outcome: Uint8Array.from(Buffer.from(outcome, 'base64')),
    };
  }
}

export class X87Subject extends ImageSubject {
  protected readonly bytes = CASE_BYTES;
  protected readonly parts: readonly Range[] = [
    [At.eax, 4],
    [At.memory, 128],
    [At.memory + 16, 112],
    ...Array.from({ length: 8 }, (_, i): Range => [At.image + Image.registers + 10 * i, 10]),
    [At.image + Image.tags, 2],
    [At.image + Image.status, 2],
  ];
  private readonly host: HostRunner | undefined;
  private readonly guests = new Map<Way, GuestRunner>();

  constructor(withHost = true) {
    super();
    if (!withHost) return;
    this.host = hostRunner();
    if (!this.host) throw new Error('gcc -m32 or what it builds does not work here');
  }

  draw(random: Random, count: number): Uint8Array[] {
    const first = random.below(X87Forms.length);
    return Array.from({ length: count }, (_, i) => {
      const form = X87Forms[(first + i) % X87Forms.length]!;
      const state = new Uint8Array(CASE_BYTES);
      writeCase(random, viewOf(state), 0, encodeRow(form, random.below(8)), form.row.mnemonic);
      return state;
    });
  }

  protected askAll(states: Uint8Array): Uint8Array {
    return this.host!(states);
  }

  run(state: Uint8Array, way: Way): Uint8Array {
    let guest = this.guests.get(way);
    if (!guest) {
      guest = guestRunner(engineOf(way), way === 'jit' ? 'jump' : way === 'step' ? 'step' : 'block');
      this.guests.set(way, guest);
    }
    return guest(state);
  }

  compare(state: Uint8Array, ours: Uint8Array, theirs: Uint8Array): string[] {
    const { row } = decodeBytes(this.codeOf(state), true)!;
    const { difference } = compareOutcomes(row, viewOf(state), viewOf(theirs), viewOf(ours), 0);
    if (!difference) return [];
    return [difference, `ours ${showCase(viewOf(ours), 0)}`, `host ${showCase(viewOf(theirs), 0)}`];
  }

  protected codeOf(state: Uint8Array): Uint8Array {
    return state.subarray(0, state[At.length]!);
  }

  describe(state: Uint8Array): string {
    return `${decodeBytes(this.codeOf(state), true)!.row.name}: ${showCase(viewOf(state), 0)}`;
  }

  close(): void {}
}

export class SimdSubject extends ImageSubject {
  protected readonly bytes = Layout.bytes;
  protected readonly parts: readonly Range[] = [
    [Layout.memory, 256],
    ...Array.from({ length: 8 }, (_, i): Range => [Layout.fx + Fx.xmm + 16 * i, 16]),
    ...Array.from({ length: 8 }, (_, i): Range => [Layout.fx + Fx.st + 16 * i, 10]),
    ...Array.from({ length: 8 }, (_, i): Range => [Layout.registers + 4 * i, 4]),
    [Layout.fx + Fx.status, 2],
    [Layout.fx + Fx.tag, 1],
  ];
  private readonly host: Host | undefined;
  private readonly guests = new Map<Way, Guest>();

  constructor(withHost = true) {
    super();
    if (!withHost) return;
    const host = openHost();
    if ('reason' in host) throw new Error(host.reason);
    this.host = host;
  }

  draw(random: Random, count: number): Uint8Array[] {
    const first = random.below(TestedRows.length);
    return Array.from({ length: count }, (_, i) => {
      const state = new Uint8Array(Layout.bytes);
      generate(random, TestedRows[(first + i) % TestedRows.length]!, viewOf(state), 0);
      return state;
    });
  }

  protected askAll(states: Uint8Array): Uint8Array {
    return this.host!.run(states);
  }

  run(state: Uint8Array, way: Way): Uint8Array {
    const guest = this.guests.get(way) ?? new Guest(engineOf(way));
    this.guests.set(way, guest);
    const after = Uint8Array.from(state);
    if (way === 'jit') guest.runByJump(viewOf(after), 0, 3);
    else guest.run(viewOf(after), 0, way === 'step' ? 1 : undefined);
    return after;
  }

  compare(state: Uint8Array, ours: Uint8Array, theirs: Uint8Array): string[] | undefined {
    return compareCase(state, ours, theirs, 0);
  }

  protected codeOf(state: Uint8Array): Uint8Array {
    return codeOf(state, 0);
  }

  describe(state: Uint8Array): string {
    return describeCode(state, 0);
  }

  close(): void {
    this.host?.close();
  }
}
