/** Lines of the harness (guest/main.c): by the number of the case, what came of it. */

export interface Stream {
  /** CPUID leaf 1: EAX, ECX, EDX. */
  readonly processor: string | undefined;
  /** Text behind the number, by number. */
  readonly outcomes: ReadonlyMap<number, string>;
  /** Whether it came to its end. */
  readonly complete: boolean;
}

export function readStream(text: string): Stream {
  const outcomes = new Map<number, string>();
  let processor: string | undefined;
  let complete = false;
  for (const line of text.split('\n')) {
    const found = /^@([\da-f]+) (.*)$/.exec(line);
    if (found) outcomes.set(Number.parseInt(found[1]!, 16), found[2]!);
    else if (line.startsWith('* ')) processor = line.slice(2);
    else if (line === '.') complete = true;
  }
  return { processor, outcomes, complete };
}

export interface Outcome {
  /** Vector of the recorder's stub, or undefined after a shutdown. */
  readonly vector: number | undefined;
  /** Words of the state that are not as the case wanted them, by index. */
  readonly state: ReadonlyMap<number, number>;
  /** Doublewords of the arena that changed, by offset. */
  readonly memory: ReadonlyMap<number, number>;
}

/** Takes the text of an outcome apart. */
export function parseOutcome(text: string): Outcome {
  const state = new Map<number, number>();
  const memory = new Map<number, number>();
  const [first, ...rest] = text.replaceAll('+', ' +').split(/ +/);
  for (const pair of rest) {
    const [, plus, name, value] = /^(\+?)([\da-f]+)=([\da-f]+)$/.exec(pair) ?? [];
    if (name) (plus ? memory : state).set(Number.parseInt(name, 16), Number.parseInt(value!, 16));
  }
  return { vector: first === 'shutdown' ? undefined : Number.parseInt(first!, 16), state, memory };
}
