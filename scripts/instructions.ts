/**
 * Makes docs/instructions.md: every row of the opcode map with what its definition does (the observe reading), what recordings of a real processor show
 * of it, and how often which oracle has covered it (docs/coverage.json).
 *
 *   npm run docs                     writes it
 *   npm run docs -- --check          says whether it is up to date (npm run check)
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { countedForms, formName } from '../src/conform/coverage.ts';
import { type ExecutableForm, enumerateForms } from '../src/cpu/form-enumeration.ts';
import { FIRST_FORM, VARIANTS } from '../src/cpu/forms.ts';
import { observe } from '../src/cpu/observe.ts';
import { Services } from '../src/isa/builder.ts';
import { type Row, Rows } from '../src/isa/opcode-map.ts';
import { COVERAGE, type Coverage, type FormCount, type RowFacts } from './coverage-file.ts';

const PAGE = 'docs/instructions.md';
const coverage = JSON.parse(readFileSync(COVERAGE, 'utf8')) as Coverage;
const { forms, variants } = enumerateForms();

/** Short names of the columns; an oracle that is not here gets a column under its own name. */
const COLUMNS: Readonly<Record<string, string>> = {
  '8086': '8086',
  '80286-real': '286',
  x87: 'x87',
  'host-flat': 'host',
  'host-segments': 'host, segments',
  'host-x87': 'host, x87',
  'host-simd': 'host, SIMD',
  bochs: 'Bochs',
};
const oracles = Object.keys(coverage.oracles).filter(name => Object.keys(coverage.oracles[name]!).length > 0);

const VECTORS: Readonly<Record<number, string>> = {
  0: 'DE',
  1: 'DB',
  3: 'BP',
  4: 'OF',
  5: 'BR',
  6: 'UD',
  7: 'NM',
  8: 'DF',
  10: 'TS',
  11: 'NP',
  12: 'SS',
  13: 'GP',
  14: 'PF',
  16: 'MF',
  17: 'AC',
  19: 'XM',
};

/** What the definitions of a row do, all its variants together. */
interface Meaning {
  readonly memory: boolean;
  readonly raises: readonly string[];
  readonly services: readonly string[];
  readonly ends: boolean;
}

function formsOf(row: Row): ExecutableForm[] {
  const from = row.number * VARIANTS;
  const ids = new Set([...variants.subarray(from, from + VARIANTS)].filter(id => id !== 0));
  return [...ids].map(id => forms[id - FIRST_FORM]!);
}

function meaningOf(row: Row): Meaning {
  const raises = new Set<string>();
  const services = new Set<string>();
  let memory = false;
  let ends = false;
  for (const form of formsOf(row)) {
    const { effects, endsBlock } = observe(form, form.lift);
    ends ||= endsBlock;
    for (const effect of effects) {
      if (effect.kind === 'raise') raises.add(effect.exception);
      else if (effect.kind === 'service') services.add(effect.name);
      else if (effect.kind === 'load' || effect.kind === 'store' || effect.kind === 'probe') memory = true;
    }
  }
  return { memory, raises: [...raises].sort(), services: [...services], ends };
}

const isFallible = (service: string): boolean => !('infallible' in Services[service as keyof typeof Services]);

/** `400`; in brackets when all of them have faulted. */
function count(row: Row, oracle: string): string {
  const counts = formsByRow.get(row)!.map(form => coverage.oracles[oracle]![form] ?? [0, 0]);
  const completed = counts.reduce((all, [n]) => all + n, 0);
  const total = counts.reduce((all, [n, faulted]) => all + n + faulted, 0);
  return total === 0 ? '' : completed === 0 ? `(${total})` : String(total);
}

const formsByRow = new Map<Row, string[]>();
for (const form of countedForms()) formsByRow.set(form.row, [...(formsByRow.get(form.row) ?? []), formName(form)]);

const EMULATOR = 'bochs';

/** Oracles together: completed, and faulted. */
function total(form: string, of: readonly string[] = oracles): FormCount {
  const counts = of.map(name => coverage.oracles[name]![form] ?? [0, 0]);
  return [counts.reduce((all, [n]) => all + n, 0), counts.reduce((all, [, n]) => all + n, 0)];
}
const isTouched = (form: string): boolean => total(form).some(n => n > 0);
const hasOnlyFaulted = (form: string): boolean => isTouched(form) && total(form)[0] === 0;

function line(row: Row): string {
  const { memory, raises, services, ends } = meaningOf(row);
  const facts: RowFacts | undefined = coverage.rows[row.name];
  const faults = [...(memory ? ['memory'] : []), ...raises, ...(services.some(isFallible) ? ['service'] : [])];
  const cells = [
    `\`${row.name}\``,
    String(formsOf(row).length),
    facts ? facts.read : '?',
    facts ? facts.written : '?',
    facts ? facts.undefined : '?',
    faults.join(' '),
    facts ? facts.faults.map(vector => VECTORS[vector] ?? String(vector)).join(' ') : '?',
    ends ? 'yes' : '',
    services.join(' '),
    ...oracles.map(name => count(row, name)),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Forms of which that holds, a row each: `0F20 MOV Rd,Cd`, with the variants where only some are. */
function listOf(holds: (form: string) => boolean): string {
  const lines = Rows.flatMap(row => {
    const all = formsByRow.get(row)!;
    const found = all.filter(holds);
    if (found.length === 0) return [];
    const some = found.map(form => form.slice(row.name.length).trim()).join(', ');
    return [`- \`${row.name}\`${found.length === all.length ? '' : `: ${some}`}`];
  });
  return lines.length === 0 ? 'None.' : lines.join('\n');
}

function page(): string {
  const all = [...formsByRow.values()].flat();
  // Bochs is no processor: what it says counts as an opinion.
  const judged = (form: string) => {
    const [whole, faulted] = total(
      form,
      oracles.filter(name => name !== EMULATOR),
    );
    return whole + faulted;
  };
  const byProcessors = all.filter(form => judged(form) > 0);
  const often = all.filter(form => judged(form) >= 50);
  const head = ['form', 'handlers', 'reads', 'writes', 'undefined', 'faults', 'seen', 'ends', 'service'];
  const columns = [...head, ...oracles.map(name => COLUMNS[name] ?? name)];
  return `# Instructions

Generated by \`npm run docs\` from the opcode map, the definitions and docs/coverage.json (\`npm run coverage\`); do not edit.

${Rows.length} rows of the opcode map, ${all.length} forms of them (by operand size, register or memory, repeat prefix), ${forms.length} handlers of the interpreter.
${byProcessors.length} forms have been covered by vectors recorded on real processors, ${often.length} of them at least 50 times. Privileged ones are held against
Bochs and the manual (docs/opinions.md).

## Forms that no oracle has touched

${listOf(form => !isTouched(form))}

## Forms of which oracles have seen only faults

Privileged instructions in user mode for the most part: that they are refused is certain, what they do is not.

${listOf(hasOnlyFaulted)}

## All

- **form**: a row of the opcode map (\`src/isa/opcode-map.ts\` explains the notation). **handlers**: forms of the interpreter that execute it; some are shared.
- **reads**, **writes**, **undefined**: of OF SF ZF AF PF CF DF, as executions show. Written: changed in some recording of a real processor. Undefined: by
  the manual, after some of them. Read: the outcome depends on it. \`?\`: not recorded.
- **faults**: what the definition can raise; \`memory\` stands for #GP, #SS, #PF of an access, \`service\` for what the service checks (\`src/cpu/services.ts\`).
  **seen**: vectors that the host has raised in user mode.
- **ends**: nothing follows it in its block. **service**: what it asks of \`src/cpu/services.ts\`.
- The last columns: vectors of each oracle that passed; in brackets where each of them has raised a fault.

| ${columns.join(' | ')} |
|${columns.map(name => (head.includes(name) && name !== 'handlers' ? '---' : '--:')).join('|')}|
${Rows.map(line).join('\n')}
`;
}

const text = page();
if (process.argv.includes('--check')) {
  if (readFileSync(PAGE, 'utf8') !== text) {
    console.log(`${PAGE} is not what the definitions and ${COVERAGE} give: npm run docs`);
    process.exit(1);
  }
} else {
  writeFileSync(PAGE, text);
}
