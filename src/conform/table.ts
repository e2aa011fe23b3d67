/** The result of a run as text: a row an opcode, then why vectors were excluded, and the sum. */
import { type ConformReport, type Counts, type Failure, missingShards, type OpcodeResult } from './results.ts';

/** Columns after the first are numbers. */
const HEAD = ['opcode', 'total', 'passed', 'failed', 'excluded', ''] as const;

export interface TableStyle {
  strong(text: string): string;
  mark(text: string): string;
  faint(text: string): string;
}

export function formatTable(report: ConformReport, style: TableStyle): string {
  const reasons = reasonLetters(report.opcodes);
  const lines: string[] = [];
  for (const suite of new Set(report.opcodes.map(result => result.suite))) {
    const results = report.opcodes.filter(result => result.suite === suite);
    lines.push(style.strong(`${suite}  (${results.length} opcodes)`), ...rows(results, reasons, style), '');
  }
  if (reasons.size > 0) {
    lines.push(style.strong('Excluded: the chip recorded and this processor differ by design'));
    const counts = reasonCounts(report.opcodes);
    for (const [reason, letter] of reasons)
      lines.push(`  ${letter.padEnd(2)} ${grouped(counts.get(reason)!).padStart(7)}  ${reason}`);
    lines.push('');
  }
  lines.push(summary(report, style));
  return lines.join('\n');
}

/** One line: `195,000 vectors: 180,000 passed, 0 failed, 15,000 excluded`. */
export function summary(report: ConformReport, style: TableStyle): string {
  const { total, passed, failed, excluded } = report;
  const missing = missingShards(report);
  const part = missing.length > 0 ? `; without shard ${missing.join(', ')}` : '';
  const failures = `${grouped(failed)} failed`;
  return `${grouped(total)} vectors: ${grouped(passed)} passed, ${failed > 0 ? style.mark(failures) : failures}, ${grouped(excluded)} excluded${part}`;
}

function rows(results: readonly OpcodeResult[], letters: ReadonlyMap<string, string>, style: TableStyle): string[] {
  const table = results.map(result => [
    `${result.opcode} ${result.mnemonic}`.trim(),
    ...numbers(result),
    Object.keys(result.reasons)
      .map(reason => letters.get(reason))
      .join(' '),
  ]);
  const widths = HEAD.map((name, column) => Math.max(name.length, ...table.map(row => row[column]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (i === 0 || i === row.length - 1 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd();
  return [
    style.faint(`  ${line(HEAD)}`),
    ...table.map((row, i) => {
      const text = `  ${line(row)}`;
      return results[i]!.failed > 0 ? style.mark(text) : text;
    }),
  ];
}

const numbers = ({ total, passed, failed, excluded }: Counts): string[] =>
  [total, passed, failed, excluded].map(grouped);
const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

function reasonCounts(results: readonly OpcodeResult[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { reasons } of results)
    for (const [reason, count] of Object.entries(reasons)) counts.set(reason, (counts.get(reason) ?? 0) + count);
  return counts;
}

/** A letter a reason: a, b, ... z, aa. The most frequent comes first. */
function reasonLetters(results: readonly OpcodeResult[]): Map<string, string> {
  const sorted = [...reasonCounts(results)].sort(([, a], [, b]) => b - a);
  const letter = (i: number): string =>
    i < 26 ? String.fromCharCode(97 + i) : letter(Math.floor(i / 26) - 1) + letter(i % 26);
  return new Map(sorted.map(([reason], i) => [reason, letter(i)]));
}

/** A failure in full: the instruction, where it started, and what is not as recorded. */
export function formatFailure({ suite, opcode }: OpcodeResult, failure: Failure, style: TableStyle): string {
  const { index, name, bytes, initial, differences } = failure;
  const width = Math.max(...differences.map(({ what }) => what.length), 4);
  return [
    style.strong(`${suite} ${opcode} #${index}  ${name}`),
    `  bytes    ${bytes}`,
    ...wrapped(initial, 8).map((line, i) => `  ${i === 0 ? 'initial ' : '        '} ${line}`),
    `  ${''.padEnd(8)} ${''.padEnd(width)}  ${'expected'.padEnd(12)}  actual`,
    ...differences.map(
      ({ what, actual, expected }) =>
        `  ${''.padEnd(8)} ${what.padEnd(width)}  ${expected.padEnd(12)}  ${style.mark(actual)}`,
    ),
  ].join('\n');
}

function wrapped(words: readonly string[], perLine: number): string[] {
  const lines: string[] = [];
  for (let i = 0; i < words.length; i += perLine) lines.push(words.slice(i, i + perLine).join('  '));
  return lines;
}
