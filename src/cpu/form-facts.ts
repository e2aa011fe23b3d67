/**
 * What the observe reading tells of a form, packed: the build finds it once, and it travels with the interpreter's module (FormTable.facts), as to observe a form costs
 * more than most uses of it.
 */
import type { ServiceName } from '../isa/builder.ts';
import type { Effect, Observation } from './observe.ts';

/** Which of the arithmetic flags are new after an instruction: none; all, whatever they were; all but CF; some, or all but not always. */
export const FlagChanges = [undefined, 'all', 'all but CF', 'some'] as const;
export type FlagChange = (typeof FlagChanges)[number];

/** Bits of a form's facts. */
export const Fact = {
  /** Nothing may follow it in its block. */
  endsBlock: 1 << 0,
  /** It is done again and again, as REP says. */
  repeats: 1 << 1,
  /** It calls services of the processor; one of them is more than PASSING. */
  serves: 1 << 2,
  turns: 1 << 3,
  /** It may go on elsewhere than at the next instruction, or be left undone. */
  mayLeave: 1 << 4,
  movesStack: 1 << 5,
  readsFlags: 1 << 6,
} as const;
/** Above them, an index of FlagChanges. */
const CHANGES_SHIFT = 7;

const LEAVING: ReadonlySet<Effect['kind']> = new Set(['load', 'store', 'probe', 'raise', 'jump', 'service', 'repeat']);

/** Services that end a block for events alone: mode, segments and paging are what they were, unless the key of translations says so. */
const PASSING: ReadonlySet<ServiceName> = new Set([
  'in',
  'out',
  'stringIn',
  'stringOut',
  'setFlags',
  'setInterruptFlag',
  'clearInterruptFlag',
  'clearTaskSwitched',
]);

/** The flags an instruction changes by its facts. */
export const flagChangeOf = (facts: number): FlagChange => FlagChanges[facts >> CHANGES_SHIFT];

export function factsOf({ effects, endsBlock }: Observation): number {
  const services = effects.flatMap(effect => (effect.kind === 'service' ? [effect.name] : []));
  const changes = effects.flatMap(effect => (effect.kind === 'write-flags' ? [effect.which] : []));
  const facts: Record<keyof typeof Fact, boolean> = {
    endsBlock,
    repeats: effects.some(({ kind }) => kind === 'repeat'),
    serves: services.length > 0,
    turns: services.some(name => !PASSING.has(name)),
    mayLeave: effects.some(({ kind }) => LEAVING.has(kind)),
    movesStack: effects.some(e => e.kind === 'write-register' && (e.register === 'esp' || e.register === 'sp')),
    readsFlags: effects.some(({ kind }) => kind === 'read-flags'),
  };
  const bits = (Object.keys(Fact) as (keyof typeof Fact)[]).filter(name => facts[name]);
  const change = FlagChanges.indexOf(changes.length > 1 ? 'some' : changes[0]);
  return bits.reduce((sum, name) => sum | Fact[name], change << CHANGES_SHIFT);
}
