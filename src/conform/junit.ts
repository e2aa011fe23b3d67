/** The result of a run as JUnit XML, as continuous integration reads it: a suite a folder, a case an opcode. */
import type { ConformReport, Counts, OpcodeResult } from './results.ts';

export function formatJunit(report: ConformReport): string {
  const suites = [...new Set(report.opcodes.map(result => result.suite))].map(suite => {
    const results = report.opcodes.filter(result => result.suite === suite);
    return [
      `  <testsuite name="${escaped(suite)}" ${attributes(results)}>`,
      ...results.map(testCase),
      '  </testsuite>',
    ].join('\n');
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="real86 conform" ${attributes(report.opcodes)}>`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

const isSkipped = ({ total, excluded }: Counts): boolean => total === excluded;

function attributes(results: readonly OpcodeResult[]): string {
  const failures = results.filter(result => result.failed > 0).length;
  return `tests="${results.length}" failures="${failures}" skipped="${results.filter(isSkipped).length}" errors="0"`;
}

function testCase(result: OpcodeResult): string {
  const { suite, opcode, mnemonic, total, passed, failed, excluded, reasons, failures } = result;
  const head = `    <testcase classname="${escaped(suite)}" name="${escaped(`${opcode} ${mnemonic}`.trim())}"`;
  const counts = `${total} vectors, ${passed} passed, ${failed} failed, ${excluded} excluded`;
  const why = Object.entries(reasons).map(([reason, count]) => `${count} excluded: ${reason}`);
  const output = `      <system-out>${escaped([counts, ...why].join('\n'))}</system-out>`;
  if (failed > 0) {
    const text = failures.map(
      ({ index, name, bytes, differences }) =>
        `#${index} ${name} (${bytes}): ${differences.map(d => `${d.what} ${d.actual}, expected ${d.expected}`).join('; ')}`,
    );
    const failure = `      <failure message="${failed} of ${total} vectors failed">${escaped(text.join('\n'))}</failure>`;
    return [`${head}>`, failure, output, '    </testcase>'].join('\n');
  }
  const skipped = isSkipped(result) ? ['      <skipped/>'] : [];
  return [`${head}>`, ...skipped, output, '    </testcase>'].join('\n');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text for an element or attribute; characters that XML has no place for become spaces. */
function escaped(text: string): string {
  return [...text].map(c => ENTITIES[c] ?? (c < ' ' && c !== '\n' && c !== '\t' ? ' ' : c)).join('');
}
