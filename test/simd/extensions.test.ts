/** Which extension a SIMD row came with, as GNU as says it: it refuses what -march does not have. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Rows } from '../../src/isa/opcode-map.ts';
import { simdExtension } from '../../src/isa/simd-extensions.ts';

const ORDER = ['mmx', 'sse', 'sse2', 'sse3', 'ssse3'] as const;
const assembler = spawnSync('as', ['--32', '--version']).status === 0;

/** An operand of the row in GNU's Intel syntax. */
function operand(notation: string): string {
  const bank = { P: 'mm1', Q: 'mm2', N: 'mm2', V: 'xmm1', W: 'xmm2', U: 'xmm2', G: 'eax', E: 'eax' }[notation[0]!];
  return notation[0] === 'M' ? '[eax]' : notation === 'Ib' ? '1' : bank!;
}

describe('extensions of SIMD rows', () => {
  it.each([
    ['0F6F MOVQ Pq,Qq', 'mmx'],
    ['0F77 EMMS', 'mmx'],
    ['0FE0 PAVGB Pq,Qq', 'sse'],
    ['0F58 ADDPS Vps,Wps', 'sse'],
    ['F30F2C CVTTSS2SI Gd,Wss', 'sse'],
    ['0FAE/3 STMXCSR Md', 'sse'],
    ['660FE0 PAVGB Vdq,Wdq', 'sse2'],
    ['0FD4 PADDQ Pq,Qq', 'sse2'],
    ['0F5B CVTDQ2PS Vps,Wdq', 'sse2'],
    ['F20F58 ADDSD Vsd,Wsd', 'sse2'],
    ['F20FF0 LDDQU Vdq,Mdqu', 'sse3'],
    ['0F3800 PSHUFB Pq,Qq', 'ssse3'],
    ['01 ADD Ev,Gv', undefined],
  ])('%s  %s', (name, extension) => {
    expect(simdExtension(Rows.find(row => row.name === name)!)).toBe(extension);
  });

  it.skipIf(!assembler)('agree with the assembler for every row (needs as)', () => {
    const rows = Rows.filter(row => simdExtension(row));
    const source = rows.map(row => `${row.mnemonic} ${row.operands.map(operand).join(',')}`.toLowerCase()).join('\n');
    const folder = mkdtempSync(join(tmpdir(), 'real86-as-'));
    const first = rows.map(() => -1);
    for (const [level, extension] of ORDER.entries()) {
      const march = `-march=i686+${ORDER.slice(0, level + 1).join('+')}${level >= 2 ? '+clflush' : ''}`;
      const { stderr } = spawnSync(
        'as',
        ['--32', '-msyntax=intel', '-mnaked-reg', march, '-o', join(folder, 'o'), '-'],
        {
          input: `${source}\n`,
          encoding: 'utf8',
        },
      );
      expect(stderr).not.toContain('no such architecture');
      const refused = new Set([...stderr.matchAll(/:(\d+): Error/g)].map(([, line]) => Number(line) - 1));
      for (const [i, row] of rows.entries()) {
        // Without SSE the assembler takes xmm1 for a symbol.
        const legible = level > 0 || !row.operands.some(o => /^[VWU]/.test(o));
        if (first[i] === -1 && legible && !refused.has(i)) first[i] = ORDER.indexOf(extension);
      }
    }
    rmSync(folder, { recursive: true });
    const differences = rows
      .map((row, i) => `${row.name}: ${simdExtension(row)}, assembler ${ORDER[first[i]!] ?? 'never'}`)
      .filter((_, i) => ORDER[first[i]!] !== simdExtension(rows[i]!));
    expect(differences).toEqual([]);
  });
});
