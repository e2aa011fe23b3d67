import { wasmEngine } from '../../../src/cpu/engine.ts';
import { disassembleAt } from '../../../src/inspect/disassemble.ts';
import { makeCpu } from '../../cpu/rig.ts';
import { generate, load } from './kind.ts';
import { Kinds } from './kinds.ts';

const cpu = makeCpu({ engine: wasmEngine });

import { readFileSync } from 'node:fs';
import { parseCase } from './report.ts';

load(
  cpu,
  process.argv[2]!.endsWith('.txt')
    ? parseCase(readFileSync(process.argv[2]!, 'utf8')).program
    : generate(Kinds[process.argv[2]!]!, Number(process.argv[3])),
);
const [from, to] = [Number(process.argv[4] ?? 0), Number(process.argv[5] ?? 40)];
cpu.run(from);
while (cpu.insns < to) {
  const a = (cpu.state.csBase + cpu.state.eip) >>> 0;
  const { text } = disassembleAt(i => cpu.physical.bytes[a + i]!, {
    address: cpu.state.eip >>> 0,
    big: (cpu.segment(1).access & 0x4000) !== 0,
  });
  const r = cpu.run(1);
  const s = cpu.state;
  console.log(
    cpu.insns,
    a.toString(16),
    text,
    '|',
    [s.eax, s.ebx, s.ecx, s.edx, s.esi, s.edi, s.ebp, s.esp].map(x => (x >>> 0).toString(16)).join(' '),
    '|',
    [0, 1, 2, 3].map(i => cpu.segment(i).selector.toString(16)).join(' '),
    r === 'limit' ? '' : r,
  );
}
