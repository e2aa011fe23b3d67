/** `--stats` in text: how much ran compiled, what that took, where the instructions were executed, and what led out of compiled code most often. */
import type { Cpu } from '../cpu/cpu.ts';
import type { EngineExit, EngineReport } from '../cpu/engine.ts';
import type { Symbols } from '../loaders/symbols.ts';
import { disassembleAt } from './disassemble.ts';
import { grouped, hex32 } from './text.ts';

const MOST_PLACES = 12;
const MOST_EXITS = 8;

const CAUSES: Readonly<Record<EngineExit['cause'], string>> = {
  access: 'access beyond the TLB, or what the interpreter must do',
  miss: 'nothing compiled here',
  decline: 'code, pages, segments or budget are not what the region needs',
  event: 'event or fault',
};

export interface EngineReportContext {
  readonly engine: string;
  readonly cpu: Cpu;
  readonly symbols: Symbols | undefined;
}

/** Lines without a line end. */
export function formatEngineReport(
  report: EngineReport | undefined,
  { engine, cpu, symbols }: EngineReportContext,
): string {
  const { insns } = cpu;
  if (!report) return `stats  ${engine}: ${grouped(insns)} instructions, none compiled`;
  const { compiled, counts: c, samples, interval, exits } = report;
  const name = (linear: number): string => {
    const symbol = symbols?.format(linear);
    return `${hex32(linear)}${symbol === undefined ? '' : ` <${symbol}>`}`;
  };
  const total = [...samples.values()].reduce((sum, n) => sum + n, 0);
  const lines = [
    `stats  ${engine}: ${grouped(insns)} instructions, ${percent(compiled, insns)} of them in compiled code`,
    `  ${plural(c.regions!, 'region')} of ${plural(c.instructions!, 'instruction')} compiled, ${grouped(c.invalidated!)} lost to writes or made anew; ` +
      `${plural(c.modules!, 'module')} (${plural(c.merges!, 'merge')}), ${grouped(c.bytes!)} bytes`,
    `  ${c.compilerMilliseconds!.toFixed(1)} ms of compiling, ${plural(c.beside!, 'module')} of it beside the run, which stood still for ${c.milliseconds!.toFixed(1)} ms`,
    `  entered ${grouped(c.entries!)} times; left for an access ${grouped(c.leaves!)}, for want of code ${grouped(c.misses!)}, ` +
      `declined ${grouped(c.declines!)}, budget ${grouped(c.resumes!)}, event ${grouped(c.outcomes!)}, inline cache ${grouped(c.fills!)}`,
  ];
  const places = byFunction(samples, symbols);
  if (places.length > 0)
    lines.push(`  where instructions were executed, by ${plural(total, 'sample')}, one every ${grouped(interval)}:`);
  for (const { linear, count } of places.slice(0, MOST_PLACES))
    lines.push(`    ${percent(count, total).padStart(7)}  ${name(linear)}`);
  if (exits.length > 0) lines.push('  what led out of compiled code most:');
  for (const { cause, linear, count, bytes, big } of exits.slice(0, MOST_EXITS)) {
    const { text } = disassembleAt(i => bytes[i] ?? -1, { address: linear, big });
    lines.push(`    ${grouped(count).padStart(11)}  ${name(linear)}  ${text}  (${CAUSES[cause]})`);
  }
  return lines.join('\n');
}

/** Samples of one function count together, at the address sampled most; without symbols those of one 64-byte line do. */
function byFunction(
  samples: ReadonlyMap<number, number>,
  symbols: Symbols | undefined,
): { linear: number; count: number }[] {
  const groups = new Map<string, { linear: number; most: number; count: number }>();
  for (const [linear, count] of samples) {
    const key = symbols?.format(linear)?.replace(/\+.*/, '') ?? String(linear >>> 6);
    const group = groups.get(key);
    if (!group) groups.set(key, { linear, most: count, count });
    else {
      group.count += count;
      if (count > group.most) {
        group.most = count;
        group.linear = linear;
      }
    }
  }
  return [...groups.values()].sort((a, b) => b.count - a.count || a.linear - b.linear);
}

const percent = (part: number, whole: number): string => `${whole === 0 ? '0.0' : ((part * 100) / whole).toFixed(1)} %`;
const plural = (count: number, noun: string): string => `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
