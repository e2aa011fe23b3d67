/** Lines of TestFloat as x87 programs: right ones pass, wrong ones fail, and a processor without FPU excludes them all. */
import { describe, expect, it } from 'vitest';
import { FloatRunner } from '../../src/conform/float-runner.ts';
import { wasmEngine } from '../../src/cpu/engine.ts';
import { floatFunction, parseTestFloat } from '../../src/loaders/testfloat.ts';

const runner = new FloatRunner(wasmEngine);
const NO_FPU = { kind: 'excluded', reason: 'this processor has no FPU' };

const [ONE, TWO, THREE] = ['3FFF8000000000000000', '40008000000000000000', '4000C000000000000000'];
const [SIGNALLING, QUIET] = ['7FFF8000000000000001', '7FFFC000000000000001'];

/** What the vector finds wrong on a processor with FPU. */
const rows: [name: string, line: string, wrong: string[]][] = [
  ['extF80_add', `${ONE} ${TWO} ${THREE} 00`, []],
  ['extF80_add', `${ONE} ${TWO} ${TWO} 00`, ['result']],
  ['extF80_add', `${ONE} ${TWO} ${THREE} 01`, ['flags']],
  ['extF80_sub', `${THREE} ${ONE} ${TWO} 00`, []],
  ['extF80_div', `${ONE} ${THREE} 3FFDAAAAAAAAAAAAAAAB 01`, []],
  ['extF80_div', `${ONE} 00000000000000000000 7FFF8000000000000000 08`, []],
  ['extF80_div.p32', `${ONE} ${THREE} 3FFDAAAAAB0000000000 01`, []],
  ['extF80_mul', `${SIGNALLING} ${ONE} ${QUIET} 10`, []],
  ['extF80_rem', `${THREE} ${TWO} BFFF8000000000000000 00`, []],
  ['extF80_lt', `${ONE} ${TWO} 1 00`, []],
  ['extF80_lt', `${TWO} ${ONE} 0 00`, []],
  ['extF80_eq', `${QUIET} ${QUIET} 0 00`, []],
  ['extF80_lt', `${QUIET} ${QUIET} 0 10`, []],
  ['extF80_to_i32.rminMag', '4000F000000000000000 00000003 01', []],
  ['extF80_to_i32.rmax', '4000F000000000000000 00000004 01', []],
  ['f64_to_extF80', `3FF0000000000000 ${ONE} 00`, []],
];

describe('lines of TestFloat', () => {
  it.each(rows)('%s %s', (name, line, wrong) => {
    const [vector] = parseTestFloat(new TextEncoder().encode(`${line}\n`));
    const result = runner.run(vector!, floatFunction(name)!);
    if (!runner.hasFpu) expect(result).toEqual(NO_FPU);
    else expect(result.kind === 'failed' ? result.differences.map(({ what }) => what) : []).toEqual(wrong);
  });

  it('of functions that no instruction does are excluded', () => {
    const [vector] = parseTestFloat(new TextEncoder().encode(`${ONE} ${ONE} 00`));
    expect(runner.run(vector!, floatFunction('extF80_to_f16')!)).toMatchObject({ kind: 'excluded' });
  });

  it.each([
    ['extF80_add', { name: 'extF80_add', precision: 64, rounding: 'nearest' }],
    ['extF80_add.p64.rmin', { name: 'extF80_add', precision: 53, rounding: 'down' }],
    ['extF80_sqrt.rnear_even', { name: 'extF80_sqrt', precision: 64, rounding: 'nearest' }],
    ['f128_add', undefined],
    ['extF80_add.odd', undefined],
  ])('the name %s', (name, expected) => expect(floatFunction(name)).toEqual(expected));
});
