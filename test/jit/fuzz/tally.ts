/** What rounds of fuzzing have come to: by kind, how much ran, and how much of it compiled. */
import type { Result } from './compare.ts';

interface Line {
  first: number;
  last: number;
  rounds: number;
  insns: number;
  executed: number;
  blocks: number;
  regions: number;
  invalidated: number;
  differences: number;
}

export class Tally {
  private readonly lines = new Map<string, Line>();

  add(kind: string, seed: number, { insns, statistics, difference }: Result): void {
    let line = this.lines.get(kind);
    if (!line) {
      line = {
        first: seed,
        last: seed,
        rounds: 0,
        insns: 0,
        executed: 0,
        blocks: 0,
        regions: 0,
        invalidated: 0,
        differences: 0,
      };
      this.lines.set(kind, line);
    }
    line.last = seed;
    line.rounds++;
    line.insns += insns * statistics.length;
    if (difference) line.differences++;
    for (const { executed, instructions, blocks, regions, invalidated } of statistics) {
      line.executed += executed;
      // Blocks are as long on average as those that were compiled.
      if (instructions > 0) line.blocks += (executed * blocks) / instructions;
      line.regions += regions;
      line.invalidated += invalidated;
    }
  }

  get differences(): number {
    return this.total('differences');
  }

  /** Blocks executed compiled. */
  get blocks(): number {
    return this.total('blocks');
  }

  get executed(): number {
    return this.total('executed');
  }

  get insns(): number {
    return this.total('insns');
  }

  private total(name: Exclude<keyof Line, 'first' | 'last'>): number {
    return [...this.lines.values()].reduce((sum, line) => sum + line[name], 0);
  }

  text(): string {
    const lines = [...this.lines].map(
      ([kind, l]) =>
        `${kind}: seeds ${l.first}-${l.last}, ${l.rounds} programs, ${millions(l.insns)} instructions, ${Math.round((100 * l.executed) / Math.max(1, l.insns))}% compiled: ${millions(l.blocks)} blocks in ${l.regions} regions, ${l.invalidated} lost; ${l.differences} differences`,
    );
    return [...lines, `in all ${millions(this.blocks)} blocks compiled, ${this.differences} differences`].join('\n');
  }
}

const millions = (n: number): string => `${(n / 1e6).toFixed(2)} M`;
