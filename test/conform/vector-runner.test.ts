/** Vectors in each file form: what passes, what fails and how it is told, what masks hide, what is refused. */
import { describe, expect, it } from 'vitest';
import { FileRunner } from '../../src/conform/run-file.ts';
import { type SuiteFile, suiteFiles } from '../../src/conform/suite.ts';
import { wasmEngine } from '../../src/cpu/engine.ts';
import { oracleEngine } from '../../src/cpu/oracle.ts';
import { jsonFile, mooFile, type Sketch } from './vector-files.ts';

const file = (name: string, metadata?: object): SuiteFile =>
  suiteFiles('suite', [name], metadata && JSON.stringify(metadata))[0]!;

/** ADD AL,7Fh: 1 becomes 80h, with OF, SF and AF. */
const ADD: Sketch = {
  name: 'add al,7Fh',
  bytes: [0x04, 0x7f],
  initial: { eax: 1 },
  final: { eax: 0x80, eip: 0x1003, eflags: 0xf892 },
};
/** MOV [1234h],AX. */
const STORE: Sketch = {
  name: 'mov [1234h],ax',
  bytes: [0xa3, 0x34, 0x12],
  initial: { eax: 0xbeef },
  final: { eip: 0x1004 },
  memory: [[0x1236, 0x55]],
  finalMemory: [
    [0x1234, 0xef],
    [0x1235, 0xbe],
    [0x1236, 0x55],
  ],
};
/** 66h 05: ADD EAX,imm32, into bit 31. */
const WIDE: Sketch = {
  name: 'add eax,1',
  bytes: [0x66, 0x05, 1, 0, 0, 0],
  initial: { eax: 0x7fffffff, eflags: 2 },
  final: { eax: 0x80000000, eip: 0x1007, eflags: 0x896 },
};

const wrong = (sketch: Sketch, final: Sketch['final']): Sketch => ({ ...sketch, final: { ...sketch.final, ...final } });
/** An 8086 is recorded up to the next fetch: one before the end of the HLT. */
const on8086 = (sketch: Sketch): Sketch => wrong(sketch, { eip: sketch.final.eip! - 1 });

describe.each([
  ['interpreter', wasmEngine],
  ['oracle', oracleEngine],
])('vectors on the %s', (_name, engine) => {
  const rows: [what: string, name: string, content: Uint8Array, metadata: object | undefined, failing: string[]][] = [
    ['MOO of an 80286', '04.MOO', mooFile('C286', [ADD, STORE]), undefined, []],
    ['MOO of an 8086', '04.MOO', mooFile('8086', [on8086(ADD), on8086(STORE)]), undefined, []],
    ['MOO of a 386', '05.MOO', mooFile('386E', [ADD, STORE, WIDE]), undefined, []],
    ['JSON of an 8088', '04.json', jsonFile([on8086(ADD), on8086(STORE)]), undefined, []],
    ['JSON of a 386', '05.json', jsonFile([WIDE], true), undefined, []],
    ['a wrong register', '04.MOO', mooFile('C286', [wrong(ADD, { eax: 0x81 })]), undefined, ['ax 0x80 0x81']],
    ['a wrong high half', '05.MOO', mooFile('386E', [wrong(WIDE, { eax: 1 })]), undefined, ['eax 0x80000000 0x1']],
    ['a wrong flag', '04.MOO', mooFile('C286', [wrong(ADD, { eflags: 0x92 })]), undefined, ['flags 0x892 0x92']],
    [
      'a flag that metadata calls undefined',
      '04.MOO',
      mooFile('C286', [wrong(ADD, { eflags: 0x92 })]),
      { cpu: '80286', opcodes: { '04': { status: 'normal', 'flags-mask': 0xf7ff } } },
      [],
    ],
    [
      'a flag that the vector masks',
      '04.MOO',
      mooFile('386E', [{ ...wrong(WIDE, { eflags: 0x96 }), masks: { eflags: 0xfffff7ff } }]),
      undefined,
      [],
    ],
    [
      'wrong memory',
      '04.MOO',
      mooFile('C286', [{ ...STORE, finalMemory: [[0x1235, 0xbf]] }]),
      undefined,
      ['[0x1235] 0xbe 0xbf'],
    ],
    ['a wrong JSON vector', '04.json', jsonFile([wrong(on8086(ADD), { eax: 0 })]), undefined, ['ax 0x80 0x0']],
  ];

  it.each(rows)('%s', (_what, name, content, metadata, failing) => {
    const [result] = new FileRunner({ engine }).run(file(name, metadata), content);
    const found = result!.failures.flatMap(({ differences }) =>
      differences.map(({ what, actual, expected }) => `${what} ${actual} ${expected}`),
    );
    expect(found).toEqual(failing);
    expect([result!.total > 0, result!.excluded]).toEqual([true, 0]);
  });
});

describe('files that are not what they should be', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const rows: [what: string, name: string, content: Uint8Array, says: RegExp][] = [
    ['no MOO', '04.MOO', bytes('hello, world'), /not a MOO file/],
    ['an empty one', '04.MOO', bytes(''), /not a MOO file/],
    ['a processor that we do not know', '04.MOO', mooFile('V20 ', [ADD]), /"V20"/],
    ['no JSON', '04.json', bytes('[{'), /not JSON/],
    ['JSON of something else', '04.json', bytes('{"a":1}'), /not a list of vectors/],
    ['a vector without state', '04.json', bytes('[{"bytes":[144]}]'), /vector 0 is not in the form/],
    ['bytes that are none', '04.json', bytes('[{"bytes":[300]}]'), /vector 0 has no bytes/],
    ['text that is no vector', 'extF80_add.txt', bytes('one two three\n'), /line 1 is no test vector/],
  ];
  it.each(rows)('%s', (_what, name, content, says) => {
    expect(() => new FileRunner({ engine: wasmEngine }).run(file(name), content)).toThrow(says);
  });

  it('a MOO file cut off anywhere is refused or read as far as it goes, and never throws otherwise', () => {
    const whole = mooFile('386E', [ADD, WIDE]);
    const runner = new FileRunner({ engine: wasmEngine });
    for (let length = 0; length < whole.length; length += 23) {
      const run = () => runner.run(file('04.MOO'), whole.slice(0, length));
      try {
        expect(run()[0]!.total).toBeLessThanOrEqual(2);
      } catch (error) {
        expect((error as Error).name).toBe('LoadError');
      }
    }
  });
});

describe('shards', () => {
  it('each vector is in exactly one', () => {
    const content = mooFile(
      'C286',
      Array.from({ length: 10 }, (_, i) => wrong(ADD, { eax: i })),
    );
    const indices = [0, 1, 2].map(index => {
      const runner = new FileRunner({ engine: wasmEngine, shard: { index, count: 3 } });
      return runner.run(file('04.MOO'), content)[0]!.failures.map(failure => failure.index);
    });
    expect(indices.flat().sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
