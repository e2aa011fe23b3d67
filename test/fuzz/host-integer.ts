/** Integer and system instructions in user mode: test/native's states, in one of its arenas. */
import { countedForm, formName } from '../../src/conform/coverage.ts';
import { Random } from '../cpu/rig.ts';
import type { Case, Outcome } from '../native/case.ts';
import { compare, decodeCase, describeCase } from '../native/compare.ts';
import { type Arena, USER_CODE, USER_DATA } from '../native/draft.ts';
import { generate, TestedRows } from '../native/generate.ts';
import { Guest } from '../native/guest.ts';
import { type Host, openHost } from '../native/host.ts';
import { PATTERN_BYTES } from '../native/layout.ts';
import { pattern } from '../native/values.ts';
import { engineOf, type Subject, type Way } from './host-subject.ts';

interface State {
  readonly one: Case;
  /** What the data pages hold: of which seed; 0 for zeros. */
  readonly contents: number;
}

const TF = 0x100;
const PLAIN_FLAGS = 0x202;
const FLAT: readonly number[] = [USER_DATA, USER_CODE, USER_DATA, USER_DATA, USER_DATA, USER_DATA];

export class IntegerSubject implements Subject<State, Outcome> {
  private readonly arena: Arena;
  private readonly host: Host | undefined;
  private readonly guests = new Map<Way, { guest: Guest; contents: number }>();
  private known = { seed: 0, bytes: new Uint8Array(PATTERN_BYTES) };

  /** Throws where this machine cannot judge, if it is to. */
  constructor(arena: Arena, withHost = true) {
    this.arena = arena;
    if (!withHost) return;
    const host = openHost(arena.data);
    if ('reason' in host) throw new Error(host.reason);
    this.host = host;
  }

  draw(random: Random, count: number): (State | undefined)[] {
    const contents = (random.word() | 1) >>> 0;
    const first = random.below(TestedRows.length);
    return Array.from({ length: count }, (_, i) => {
      const one = generate(random, TestedRows[(first + i) % TestedRows.length]!, this.arena);
      return one && { one, contents };
    });
  }

  ask(states: readonly State[]): Outcome[] {
    const [first] = states;
    if (!first) return [];
    return this.host!.run(
      states.map(({ one }) => one),
      this.bytesOf(first.contents),
    );
  }

  run({ one, contents }: State, way: Way): Outcome | undefined {
    // No jump to the instruction remains unseen in a segment with a base, or under single step.
    if (way === 'jit' && (one.selectors[1] !== USER_CODE || (one.eflags & TF) !== 0)) return undefined;
    const guest = this.guestFor(way, contents);
    const outcome = guest.run(one, way === 'jit' ? 'jump' : way === 'step' ? 'step' : 'block');
    return 'unfit' in outcome ? undefined : outcome;
  }

  private guestFor(way: Way, contents: number): Guest {
    const own = this.guests.get(way) ?? { guest: new Guest(this.arena.data, engineOf(way)), contents: -1 };
    this.guests.set(way, own);
    if (own.contents !== contents) own.guest.fill(this.bytesOf(contents));
    own.contents = contents;
    return own.guest;
  }

  compare(state: State, ours: Outcome, theirs: Outcome): string[] | undefined {
    const differences = compare(state.one, ours, theirs);
    // Asked only now, as it takes as long as the state itself.
    return differences.length > 0 && this.guestFor('block', state.contents).jumpsIntoItself(state.one)
      ? undefined
      : differences;
  }

  formOf({ one }: State): string | undefined {
    const decoded = decodeCase(one);
    return decoded && formName(countedForm(decoded));
  }

  describe({ one }: State): string {
    return describeCase(one);
  }

  *simpler({ one, contents }: State): Iterable<State> {
    const with_ = (changed: Partial<Case>): State => ({ one: { ...one, ...changed }, contents });
    if (contents !== 0) yield { one, contents: 0 };
    for (const i of one.patches.keys()) yield with_({ patches: one.patches.toSpliced(i, 1) });
    for (const [i, value] of one.registers.entries()) {
      if (value !== 0) yield with_({ registers: one.registers.with(i, 0) });
      // Each must be simpler than the one before, or there is no end.
      if (value > 0xffff && (value & 0xffff) !== 0)
        yield with_({ registers: one.registers.with(i, (value & 0xffff0000) >>> 0) });
    }
    if (one.eflags !== PLAIN_FLAGS) yield with_({ eflags: PLAIN_FLAGS });
    for (let bit = 1; bit < 0x1000; bit <<= 1)
      if (one.eflags & bit & ~PLAIN_FLAGS) yield with_({ eflags: one.eflags & ~bit });
    for (const [i, selector] of one.selectors.entries())
      if (i !== 1 && selector !== FLAT[i]) yield with_({ selectors: one.selectors.with(i, FLAT[i]!) });
  }

  pack(state: State, outcome: Outcome): unknown {
    const changes = outcome.changes.map(({ offset, bytes }) => ({ offset, bytes: [...bytes] }));
    return { state, outcome: { ...outcome, changes } };
  }

  unpack(packed: unknown): { state: State; outcome: Outcome } {
    const { state, outcome } = packed as { state: State; outcome: Outcome };
    const changes = outcome.changes.map(({ offset, bytes }) => ({ offset, bytes: Uint8Array.from(bytes) }));
    return { state, outcome: { ...outcome, changes } };
  }

  close(): void {
    this.host?.close();
  }

  private bytesOf(seed: number): Uint8Array {
    if (seed !== this.known.seed)
      this.known = {
        seed,
        bytes: seed === 0 ? new Uint8Array(PATTERN_BYTES) : Uint8Array.from(pattern(new Random(seed))),
      };
    return this.known.bytes;
  }
}
