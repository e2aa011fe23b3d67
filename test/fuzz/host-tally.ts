/** What batches have come to: states by kind and way, forms with how often each was compared, and the rate. */
import { grouped } from './arguments.ts';
import type { Batch } from './host-batch.ts';

interface Count {
  drawn: number;
  judged: number;
  readonly forms: Map<string, number>;
  readonly ways: Map<string, number>;
}

const FEWEST_SHOWN = 3;

export class Tally {
  judged = 0;
  private readonly kinds = new Map<string, Count>();
  private readonly begun = Date.now();

  add(kind: string, { drawn, forms, ways }: Batch): void {
    const count = this.kinds.get(kind) ?? { drawn: 0, judged: 0, forms: new Map(), ways: new Map() };
    this.kinds.set(kind, count);
    count.drawn += drawn;
    for (const [form, times] of Object.entries(forms)) {
      count.forms.set(form, (count.forms.get(form) ?? 0) + times);
      count.judged += times;
      this.judged += times;
    }
    for (const [way, times] of Object.entries(ways)) count.ways.set(way, (count.ways.get(way) ?? 0) + times);
  }

  /** Progress. */
  line(first: number, last: number): string {
    const seconds = (Date.now() - this.begun) / 1000;
    const rate = Math.round((this.judged / seconds) * 60);
    const least = [...this.kinds].map(([kind, { forms }]) => `${kind} ${grouped(Math.min(...forms.values()))}`);
    return `${grouped(this.judged)} states, seeds ${first} to ${last}, ${grouped(rate)} a minute; least of a form: ${least.join(', ')}`;
  }

  text(first: number, last: number): string {
    const lines = [...this.kinds].map(([kind, { drawn, judged, forms, ways }]) => {
      const share = drawn === 0 ? 0 : (judged / drawn) * 100;
      const how = [...ways].map(([way, times]) => `${way} ${grouped(times)}`);
      const fewest = [...forms].sort(([, a], [, b]) => a - b).slice(0, FEWEST_SHOWN);
      const few = fewest.map(([form, times]) => `${form} ${grouped(times)}`);
      return `${kind}: ${grouped(judged)} states compared (${share.toFixed(1)} % of those drawn): ${how.join(', ')}; ${forms.size} forms, least: ${few.join('; ')}`;
    });
    return [...lines, this.line(first, last)].join('\n');
  }
}
