/** The trace of allocations as a person reads it: a line a call, and a summary at the end. */
import { byteCount, grouped, hex, hex32 } from '../text.ts';
import type { AllocationEvent, AllocationSummary, Caller, Release, Source } from './events.ts';

export function callerText({ address, symbol, file, line }: Caller): string {
  const source = file === null ? '' : `${file.replace(/^.*\//, '')}:${line}`;
  const name = symbol ?? hex32(address);
  return source === '' ? name : `${name} (${source})`;
}

const CALL_COLUMN = 30;
const RESULT_COLUMN = 14;
const SOURCE_COLUMN = 52;

/** `#3  malloc(100) = 0x09e1b010  reuse of #1  main+0x1c (alloc.c:37)`, without line ends; a second line where something is wrong. */
export function eventText(event: AllocationEvent, several: boolean): string {
  const { call, values, result, id, returned, caller, pid } = event;
  const head = `${several ? `[pid ${pid}] ` : ''}${id === null ? '' : `#${id}`}`.padEnd(6);
  const what = `${call}(${values.map((value, i) => (isAddress(call, i) ? address(value) : grouped(value))).join(', ')})`;
  const outcome = !returned ? 'does not return' : result === null ? '' : `= ${result === 0 ? 'NULL' : hex32(result)}`;
  const line = `${head}${what.padEnd(CALL_COLUMN)} ${outcome.padEnd(RESULT_COLUMN)} ${sourceOf(event).padEnd(SOURCE_COLUMN)} ${callerText(caller)}`;
  return line.trimEnd();
}

/** What is wrong with a call, as its own line; `describe` tells of an allocation by number. */
export function problemText(
  event: Pick<AllocationEvent, 'problem' | 'call' | 'values'>,
  describe: (id: number) => string,
): string | undefined {
  const { problem, call, values } = event;
  if (!problem) return undefined;
  const where = hex32(values[0]!);
  if (problem.kind === 'double-free') return `      DOUBLE FREE: ${where} is ${describe(problem.id)}`;
  if (problem.id === null) return `      BAD ${call.toUpperCase()}: no allocation begins at ${where}, or ever did`;
  return `      BAD ${call.toUpperCase()}: ${where} is byte ${grouped(problem.offset)} of ${describe(problem.id)}`;
}

const isAddress = (call: AllocationEvent['call'], index: number): boolean =>
  index === 0 && (call === 'free' || call === 'realloc' || call === 'reallocarray' || call === 'posix_memalign');
const address = (value: number): string => (value === 0 ? 'NULL' : hex32(value));

function sourceOf({ source, frees, freedSize, releases, call, returned, result }: AllocationEvent): string {
  const parts: string[] = [];
  if (source) parts.push(sourceText(source));
  else if (returned && result === 0 && call !== 'free') parts.push('no memory');
  if (frees !== null && source?.kind !== 'in-place')
    parts.push(`${call === 'free' ? '' : 'frees '}#${frees} (${byteCount(freedSize!)})`);
  parts.push(...releases.map(releaseText));
  return parts.join(', ');
}

function sourceText(source: Source): string {
  switch (source.kind) {
    case 'reuse':
      return `reuse of #${source.of}`;
    case 'unused':
      return 'unused memory of before';
    case 'brk':
      return `brk ${hex(source.from)} -> ${hex(source.to)} (+${byteCount(source.to - source.from)})`;
    case 'mmap':
      return `mmap ${byteCount(source.length)}${source.own ? '' : `, shared with others, at ${hex(source.start)}`}`;
    case 'mremap':
      return `mremap to ${byteCount(source.length)}${source.from === source.start ? '' : ', moved'}`;
    case 'in-place':
      return 'in place';
  }
}

function releaseText(release: Release): string {
  if (release.kind === 'munmap') return `munmap ${byteCount(release.length)}`;
  return `brk ${hex(release.from)} -> ${hex(release.to)} (-${byteCount(release.from - release.to)})`;
}

export function summaryText(summary: AllocationSummary, several: boolean): string {
  const { served, pin, largestHole, heap } = summary;
  const counted = (Object.entries(served) as [string, number][])
    .filter(([kind, count]) => count > 0 || ['reuse', 'unused', 'brk', 'mmap'].includes(kind))
    .map(([kind, count]) => `${grouped(count)} ${SOURCE_NAMES[kind] ?? kind}`);
  const requests = Object.values(served).reduce((sum, count) => sum + count, 0);
  const lines = [
    `${several ? `pid ${summary.pid}: ` : ''}${plural(requests, 'request')}: ${counted.join(', ')}; ${plural(summary.frees, 'free')}`,
    `  in use ${byteCount(summary.liveBytes)} in ${plural(summary.liveBlocks, 'block')} (at most ${byteCount(summary.peakBytes)}); ` +
      `held ${byteCount(summary.held)}: heap ${hex32(heap.start)}-${hex32(heap.end)} ${byteCount(heap.end - heap.start)}, mappings ${byteCount(summary.mappedBytes)}`,
  ];
  if (largestHole)
    lines.push(
      `  freed and still held in the heap: ${byteCount(summary.holeBytes)}; largest hole ${byteCount(largestHole.end - largestHole.start)} at ${hex32(largestHole.start)}-${hex32(largestHole.end)}`,
    );
  if (pin)
    lines.push(
      `  the top of the heap is pinned by #${pin.id}, ${byteCount(pin.size)} at ${hex32(pin.address)} from ${callerText(pin.caller)}: ` +
        `${byteCount(pin.freeBelow)} freed below it cannot go back`,
    );
  for (const { caller, blocks, bytes } of summary.leaks.slice(0, SHOWN_LEAKS))
    lines.push(`  never freed: ${byteCount(bytes)} in ${plural(blocks, 'block')} from ${callerText(caller)}`);
  if (summary.leaks.length > SHOWN_LEAKS)
    lines.push(`  and ${plural(summary.leaks.length - SHOWN_LEAKS, 'other place')}`);
  if (summary.problems > 0) lines.push(`  ${plural(summary.problems, 'bad or double free')}`);
  return lines.join('\n');
}

const SHOWN_LEAKS = 5;
const SOURCE_NAMES: Readonly<Record<string, string>> = {
  reuse: 'by reuse',
  unused: 'from unused memory',
  brk: 'by brk',
  mmap: 'by mmap',
  mremap: 'by mremap',
  'in-place': 'in place',
  failed: 'failed',
};
const plural = (count: number, noun: string): string => `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
