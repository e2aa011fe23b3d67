/** What happens to a machine from outside while it runs: stretches of so many instructions, and events between them. The same for every engine. */
import type { Random } from '../../cpu/rig.ts';
import type { Board } from './board.ts';
import type { Loaded } from './kind.ts';

export type Event =
  | { readonly kind: 'interrupt'; readonly vector: number }
  | { readonly kind: 'nmi' }
  /** All translations are forgotten, or all decoded code, as when there is no more room for it. */
  | { readonly kind: 'flush' | 'forget' }
  /** Somebody else writes a byte of code, by number among those the program offers. */
  | { readonly kind: 'dma'; readonly place: number; readonly value: number };

export interface Step {
  /** Before the stretch. */
  readonly event: Event | undefined;
  readonly length: number;
}

/** Stretches of a length that a seed decides, `most` instructions in all. */
export function makeSchedule(random: Random, most: number): Step[] {
  const longest = random.pick([[10, 500], [10, 1000, 20_000], [1000], [5000], [20_000], [50_000]]);
  const steps: Step[] = [];
  for (let total = 0; total < most && steps.length < 400; ) {
    const length = 1 + random.below(random.pick(longest));
    total += length;
    steps.push({ event: makeEvent(random), length });
  }
  return steps;
}

function makeEvent(random: Random): Event | undefined {
  switch (random.below(12)) {
    case 0:
    case 1:
      return { kind: 'interrupt', vector: 0x20 + random.below(4) };
    case 2:
      return random.below(4) === 0 ? { kind: 'nmi' } : undefined;
    case 4:
      return random.below(3) === 0 ? { kind: random.pick(['flush', 'forget']) } : undefined;
    case 3:
      return { kind: 'dma', place: random.below(100), value: random.below(256) };
    default:
      return undefined;
  }
}

export function happen(board: Board, { patchable }: Loaded, event: Event | undefined): void {
  switch (event?.kind) {
    case 'interrupt':
      board.interrupt(event.vector);
      break;
    case 'nmi':
      board.cpu.nmiLine = true;
      board.cpu.nmiLine = false;
      break;
    case 'flush':
      board.cpu.flushTlb();
      break;
    case 'forget':
      board.cpu.code.clear();
      break;
    case 'dma':
      if (patchable.length > 0) board.dma(patchable[event.place % patchable.length]!, event.value, 1);
      break;
  }
}

/** As text, and back: `300 interrupt:32 dma:5:17 1000`. */
export function scheduleText(steps: readonly Step[]): string {
  return steps.map(({ event, length }) => `${eventText(event)}${length}`).join(' ');
}

function eventText(event: Event | undefined): string {
  switch (event?.kind) {
    case 'interrupt':
      return `interrupt:${event.vector} `;
    case 'nmi':
    case 'flush':
    case 'forget':
      return `${event.kind} `;
    case 'dma':
      return `dma:${event.place}:${event.value} `;
    default:
      return '';
  }
}

export function parseSchedule(text: string): Step[] {
  const steps: Step[] = [];
  let event: Event | undefined;
  for (const word of text.split(' ').filter(w => w !== '')) {
    const [name, a, b] = word.split(':');
    if (name === 'interrupt') event = { kind: 'interrupt', vector: Number(a) };
    else if (name === 'nmi' || name === 'flush' || name === 'forget') event = { kind: name };
    else if (name === 'dma') event = { kind: 'dma', place: Number(a), value: Number(b) };
    else {
      steps.push({ event, length: Number(word) });
      event = undefined;
    }
  }
  return steps;
}
