/** Tables of text: the first column to the left, the others to the right. One too wide for a line is continued below, under the same first column. */
const WIDTH = 150;
const GAP = '  ';

/** A row that is `undefined` is a rule. */
export function table(header: readonly string[], rows: readonly (readonly string[] | undefined)[]): string {
  const cells = [header, ...rows.filter(row => row !== undefined)];
  const widths = header.map((_, column) => Math.max(...cells.map(row => row[column]!.length)));
  const pieces: number[][] = [];
  let room = -1;
  for (let column = 1; column < header.length; column++) {
    room -= widths[column]! + GAP.length;
    if (room < 0) {
      pieces.push([0]);
      room = WIDTH - widths[0]! - GAP.length - widths[column]!;
    }
    pieces.at(-1)!.push(column);
  }
  return pieces.map(columns => piece(columns, widths, header, rows)).join('\n');
}

function piece(
  columns: readonly number[],
  widths: readonly number[],
  header: readonly string[],
  rows: readonly (readonly string[] | undefined)[],
): string {
  const line = (row: readonly string[]): string =>
    columns
      .map(column => (column === 0 ? row[0]!.padEnd(widths[0]!) : row[column]!.padStart(widths[column]!)))
      .join(GAP)
      .trimEnd();
  const rule = '-'.repeat(columns.reduce((sum, column) => sum + widths[column]! + GAP.length, -GAP.length));
  return [line(header), rule, ...rows.map(row => (row ? line(row) : rule))].join('\n');
}

/** Three significant digits; nothing for nothing. */
export function figure(value: number | undefined): string {
  if (value === undefined) return '-';
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toFixed(digits);
}
