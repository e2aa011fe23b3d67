/** A case as text that can be read, kept and run again; and where exactly a difference arises. */
import type { Cpu } from '../../../src/cpu/cpu.ts';
import { Access } from '../../../src/cpu/segments.ts';
import { disassembleAt } from '../../../src/inspect/disassemble.ts';
import { type Case, compare, machine } from './compare.ts';
import type { Program } from './kind.ts';
import { Kinds } from './kinds.ts';
import type { Found } from './minimise.ts';
import { happen, parseSchedule, scheduleText } from './schedule.ts';

/** `# kind`, `# steps`, and the lines of each section after `# section`. */
export function caseText({ program, steps }: Case): string {
  const sections = Object.entries(program.sections).flatMap(([name, lines]) => [`# section ${name}`, ...lines]);
  return [`# kind ${program.kind.name} seed ${program.seed}`, `# steps ${scheduleText(steps)}`, ...sections, ''].join(
    '\n',
  );
}

export function parseCase(text: string): Case {
  const sections: Record<string, string[]> = {};
  let program: Pick<Program, 'kind' | 'seed'> | undefined;
  let steps = parseSchedule('60000');
  let section = 'main';
  for (const line of text.split('\n').map(l => l.trim())) {
    const [, word, rest = ''] = /^#\s*(\w+)\s*(.*)$/.exec(line) ?? [];
    if (word === 'kind') {
      const [name, , seed] = rest.split(' ');
      const kind = Kinds[name!];
      if (!kind) throw new Error(`no kind of programs is called ${name}: ${Object.keys(Kinds).join(', ')}`);
      program = { kind, seed: Number(seed ?? 1) };
    } else if (word === 'steps') steps = parseSchedule(rest);
    else if (word === 'section') section = rest;
    else if (line !== '' && line[0] !== '#') sections[section] = [...(sections[section] ?? []), line];
  }
  if (!program) throw new Error('the file does not say of what kind its program is: `# kind real16 seed 1`');
  return { program: { ...program, sections }, steps };
}

/**
 * The shortest last stretch after which the two differ. Compiled code runs a little past that at most: near the end of a stretch instructions are stepped
 * through, so the cause lies some hundred instructions before.
 */
export function locate({ case: of, difference }: Found): number {
  const { step, engine } = difference;
  const differs = (last: number): boolean => compare(of, [engine], { until: step, last }).difference !== undefined;
  let low = 0;
  let high = of.steps[step]!.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (differs(middle)) high = middle;
    else low = middle;
  }
  return high;
}

const MOST_LINES = 60;

/** What the interpreter executes before the place that locate() names. */
export function trace({ case: of, difference }: Found, length: number): string[] {
  const { cpu, board, loaded } = machine(of.program, undefined);
  for (const [i, { event, length: whole }] of of.steps.entries()) {
    if (i > difference.step) break;
    happen(board, loaded, event);
    const end = cpu.insns + (i === difference.step ? Math.max(0, length - MOST_LINES) : whole);
    while (cpu.insns < end && cpu.run(end - cpu.insns) === 'requested');
  }
  const lines: string[] = [];
  for (let i = 0; i < Math.min(length, MOST_LINES); i++) {
    const text = lineOf(cpu);
    cpu.run(1);
    lines.push(`${cpu.insns}  ${text}`);
  }
  return lines;
}

function lineOf(cpu: Cpu): string {
  const { eip } = cpu.state;
  const big = (cpu.segment(1).access & Access.big) !== 0;
  const at = (cpu.state.csBase + eip) >>> 0;
  // Programs lie where linear is physical, but for windows.
  const { text } = disassembleAt(i => cpu.physical.bytes[(at + i) & 0xfffff]!, { address: eip >>> 0, big });
  return `${at.toString(16)}  ${text}`;
}
