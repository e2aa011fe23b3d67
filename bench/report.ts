/** The tables: times and ratios, memory, what the engines say of themselves. */
import { MEMORY_MIB } from './engines/engine.ts';
import type { Measured, Row } from './measure.ts';
import { geometricMean } from './statistics.ts';
import { figure, table } from './table.ts';

const MIB = 1 << 20;
const NATIVE = 'native';

interface Column {
  readonly title: string;
  readonly value: (row: Row) => number | undefined;
  /** Ratios have a mean. */
  readonly mean: boolean;
}

const time = (row: Row, engine: string): number | undefined => row.measured.get(engine)?.milliseconds;

function ratio(row: Row, engine: string, to: string): number | undefined {
  const [a, b] = [time(row, engine), time(row, to)];
  return a === undefined || b === undefined ? undefined : a / b;
}

function columnsFor(engines: readonly string[]): Column[] {
  const timed = engines.filter(name => name !== NATIVE);
  const columns: Column[] = [];
  if (engines.includes(NATIVE)) columns.push({ title: 'native ms', value: row => time(row, NATIVE), mean: false });
  for (const name of timed) {
    columns.push({ title: `${name} ms`, value: row => time(row, name), mean: false });
    if (engines.includes(NATIVE))
      columns.push({ title: '/native', value: row => ratio(row, name, NATIVE), mean: true });
  }
  for (const other of ['qemu', 'v86', 'interp'])
    if (timed.includes('jit') && timed.includes(other))
      columns.push({ title: `jit/${other}`, value: row => ratio(row, 'jit', other), mean: true });
  for (const name of timed.filter(name => name === 'jit' || name === 'interp'))
    columns.push({ title: `${name} M/s`, value: row => rate(row.measured.get(name)), mean: false });
  return columns;
}

/** Millions of instructions a second. */
function rate(measured: Measured | undefined): number | undefined {
  return measured?.instructions === undefined ? undefined : measured.instructions / measured.milliseconds / 1000;
}

/** One row a workload; geometric means by family, and over all, at the bottom. */
export function timesTable(rows: readonly Row[], engines: readonly string[]): string {
  const columns = columnsFor(engines);
  const line = (row: Row): string[] => [row.workload.name, ...columns.map(({ value }) => figure(value(row)))];
  const mean = (title: string, of: readonly Row[]): string[] => [
    title,
    ...columns.map(({ value, mean }) => (mean ? figure(geometricMean(of.flatMap(row => value(row) ?? []))) : '')),
  ];
  const families = [...new Set(rows.map(row => row.workload.family))];
  return table(
    ['workload', ...columns.map(({ title }) => title)],
    [
      ...rows.map(line),
      undefined,
      ...families.map(family =>
        mean(
          `mean ${family}`,
          rows.filter(row => row.workload.family === family),
        ),
      ),
      mean('mean of all', rows),
    ],
  );
}

/** The most memory each engine's process ever held. */
export function memoryTable(rows: readonly Row[], engines: readonly string[]): string {
  const peaks = engines.flatMap(name => {
    const all = rows.flatMap(({ workload, measured }) => {
      const bytes = measured.get(name)?.peakBytes;
      return bytes === undefined ? [] : [{ workload: workload.name, bytes }];
    });
    const most = all.toSorted((a, b) => b.bytes - a.bytes)[0];
    return most ? [[name, figure(most.bytes / MIB), most.workload]] : [];
  });
  if (peaks.length === 0) return '';
  return table([`memory held at most (guest RAM ${MEMORY_MIB} MiB, 3 of it touched)`, 'MiB', 'workload'], peaks);
}

/** Everything the engines count, a row for each workload; whatever keys they have. */
export function statisticsTables(rows: readonly Row[], engines: readonly string[]): string[] {
  return engines.flatMap(name => {
    const keys = [...new Set(rows.flatMap(row => Object.keys(row.measured.get(name)?.statistics ?? {})))];
    if (keys.length === 0) return [];
    const cell = (value: number | undefined): string =>
      value === undefined ? '-' : Number.isInteger(value) ? value.toLocaleString('en') : value.toFixed(1);
    const lines = rows.map(row => [
      row.workload.name,
      ...keys.map(key => cell(row.measured.get(name)?.statistics[key])),
    ]);
    return [table([`${name} statistics`, ...keys], lines)];
  });
}
