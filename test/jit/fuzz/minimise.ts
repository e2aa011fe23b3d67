/**
 * A case that shows a difference, made as small as can be while it still shows one: lines of the program, stretches and events go, in ever smaller pieces. What cannot be
 * assembled shows nothing.
 */
import { type Case, compare, type Difference, type EngineName } from './compare.ts';
import type { Program } from './kind.ts';
import type { Step } from './schedule.ts';

export interface Found {
  readonly case: Case;
  readonly difference: Difference;
}

/** The difference between the interpreter and one engine, or undefined, also where the program cannot be assembled. */
export function differenceOf(of: Case, engine: EngineName): Difference | undefined {
  try {
    return compare(of, [engine]).difference;
  } catch {
    return undefined;
  }
}

export function minimise(found: Found, say: (text: string) => void = () => {}): Found {
  const { engine } = found.difference;
  let best = found;
  const attempt = (candidate: Case): boolean => {
    const difference = differenceOf(candidate, engine);
    if (difference) best = { case: candidate, difference };
    return difference !== undefined;
  };
  const withSteps = (steps: readonly Step[]): Case => ({ ...best.case, steps });
  // Nothing after the difference matters; and one long stretch does as well as many, sometimes.
  attempt(withSteps(best.case.steps.slice(0, best.difference.step + 1)));
  const total = best.case.steps.reduce((sum, { length }) => sum + length, 0);
  attempt(withSteps([{ event: undefined, length: total }]));
  for (let before = -1; before !== sizeOf(best.case); ) {
    before = sizeOf(best.case);
    for (const name of Object.keys(best.case.program.sections)) {
      reduce(best.case.program.sections[name]!, lines =>
        attempt({ ...best.case, program: withLines(best.case.program, name, lines) }),
      );
    }
    reduce(best.case.steps, steps => attempt(withSteps(steps)));
    reduceEvents(best.case.steps, steps => attempt(withSteps(steps)));
    reduceLengths(best.case.steps, steps => attempt(withSteps(steps)));
    say(`${sizeOf(best.case)} lines and stretches`);
  }
  return best;
}

const sizeOf = ({ program, steps }: Case): number =>
  Object.values(program.sections).reduce((sum, lines) => sum + lines.length, 0) + steps.length;

const withLines = (program: Program, name: string, lines: readonly string[]): Program => ({
  ...program,
  sections: { ...program.sections, [name]: lines },
});

/** Leaves out pieces of a list: halves first, single items last. */
function reduce<T>(list: readonly T[], attempt: (shorter: readonly T[]) => boolean): void {
  let items = list;
  for (let size = Math.ceil(items.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < items.length; ) {
      const shorter = [...items.slice(0, at), ...items.slice(at + size)];
      if (attempt(shorter)) items = shorter;
      else at += size;
    }
  }
}

function reduceEvents(steps: readonly Step[], attempt: (steps: readonly Step[]) => boolean): void {
  let best = steps;
  for (let i = 0; i < best.length; i++) {
    if (!best[i]!.event) continue;
    const calmer = best.map((step, n) => (n === i ? { ...step, event: undefined } : step));
    if (attempt(calmer)) best = calmer;
  }
}

/** Two stretches become one, and lengths become round. */
function reduceLengths(steps: readonly Step[], attempt: (steps: readonly Step[]) => boolean): void {
  let best = steps;
  for (let i = 0; i + 1 < best.length; ) {
    const [a, b] = [best[i]!, best[i + 1]!];
    const joined = [...best.slice(0, i), { ...a, length: a.length + b.length }, ...best.slice(i + 2)];
    if (!b.event && attempt(joined)) best = joined;
    else i++;
  }
  for (let i = 0; i < best.length; i++) {
    for (const length of [10, 100, 200, 300, 500, 1000, 2000, 5000, 10_000]) {
      if (length >= best[i]!.length) break;
      const shorter = best.map((step, n) => (n === i ? { ...step, length } : step));
      if (!attempt(shorter)) continue;
      best = shorter;
      break;
    }
  }
}
