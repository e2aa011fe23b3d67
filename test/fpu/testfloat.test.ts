/**
 * Arithmetic against the vectors of Berkeley TestFloat: `operands result flags`, hexadecimal, one a line, gzipped, in $REAL86_SUITES/x87. Flags: 01 PE, 02 UE,
 * 04 OE, 08 ZE, 10 IE; DE is not covered. A strided share is run; REAL86_FULL=1 runs all.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { add, subtract } from '../../src/fpu/add.ts';
import { compare } from '../../src/fpu/compare.ts';
import { divide } from '../../src/fpu/divide.ts';
import { Environment, Flags } from '../../src/fpu/environment.ts';
import { type Extended, make } from '../../src/fpu/extended.ts';
import {
  fromDouble,
  fromInteger,
  fromSingle,
  toDouble,
  toInteger,
  toSingle,
  type Words,
} from '../../src/fpu/formats.ts';
import { roundToIntegral } from '../../src/fpu/integral.ts';
import { multiply } from '../../src/fpu/multiply.ts';
import { remainder } from '../../src/fpu/remainder.ts';
import { squareRoot } from '../../src/fpu/square-root.ts';

const FOLDER = join(process.env.REAL86_SUITES ?? '', 'x87');
const STRIDE = process.env.REAL86_FULL ? 1 : 13;

const hex = (value: number, digits: number): string => (value >>> 0).toString(16).toUpperCase().padStart(digits, '0');
const wide = ({ low, high }: Words): string => hex(high, 8) + hex(low, 8);
const word = (text: string, at: number): number => Number.parseInt(text.slice(at, at + 8), 16) | 0;
const parse = (text: string): Extended => make(Number.parseInt(text.slice(0, 4), 16), word(text, 4), word(text, 12));
const print = (a: Extended): string => hex(a.top, 4) + hex(a.high, 8) + hex(a.low, 8);

type Operation = (env: Environment, operands: readonly string[]) => string;

function on(operation: (env: Environment, a: Extended, b: Extended) => Extended): Operation {
  return (env, [a, b]) => print(operation(env, parse(a!), b ? parse(b) : make(0, 0, 0)));
}

function completeRemainder(env: Environment, a: Extended, b: Extended): Extended {
  let { value, partial } = remainder(env, a, b, true);
  while (partial) ({ value, partial } = remainder(env, value, b, true));
  return value;
}

const truth = (yes: boolean): string => (yes ? '1' : '0');

const Operations: Readonly<Record<string, Operation>> = {
  extF80_add: on(add),
  extF80_sub: on(subtract),
  extF80_mul: on(multiply),
  extF80_div: on(divide),
  extF80_sqrt: on((env, a) => squareRoot(env, a)),
  extF80_rem: on(completeRemainder),
  extF80_roundToInt: on((env, a) => roundToIntegral(env, a)),
  extF80_eq: (env, [a, b]) => truth(compare(env, parse(a!), parse(b!), true) === 'equal'),
  extF80_lt: (env, [a, b]) => truth(compare(env, parse(a!), parse(b!), false) === 'less'),
  extF80_to_f32: (env, [a]) => hex(toSingle(env, parse(a!)), 8),
  extF80_to_f64: (env, [a]) => wide(toDouble(env, parse(a!))),
  extF80_to_i32: (env, [a]) => hex(toInteger(env, parse(a!), 32).low, 8),
  extF80_to_i64: (env, [a]) => wide(toInteger(env, parse(a!), 64)),
  f32_to_extF80: (env, [a]) => print(fromSingle(env, word(a!, 0))),
  f64_to_extF80: (env, [a]) => print(fromDouble(env, word(a!, 8), word(a!, 0))),
  i32_to_extF80: (_env, [a]) => print(fromInteger(word(a!, 0), word(a!, 0) >> 31)),
  i64_to_extF80: (_env, [a]) => print(fromInteger(word(a!, 8), word(a!, 0))),
};

/** Our flags in the suite's order. */
function suiteFlags(flags: number): number {
  const order = [Flags.PE, Flags.UE, Flags.OE, Flags.ZE, Flags.IE];
  return order.reduce((sum, flag, i) => sum | (flags & flag ? 1 << i : 0), 0);
}

const Files = Object.keys(Operations).flatMap(name =>
  ['', '.p32', '.p64', '.rnear_even']
    .map(variant => ({ name, variant, path: join(FOLDER, `${name}${variant}.txt.gz`) }))
    .filter(({ path }) => existsSync(path)),
);

describe('TestFloat vectors', () => {
  if (Files.length === 0)
    it.skip('x87 suite not found: set REAL86_SUITES to the folder of the recorded vectors', () => {});
  for (const { name, variant, path } of Files) {
    it(`${name}${variant}`, () => {
      const env = new Environment();
      env.precision = variant === '.p32' ? 24 : variant === '.p64' ? 53 : 64;
      const lines = gunzipSync(readFileSync(path)).toString().trim().split('\n');
      const wrong: string[] = [];
      for (let i = 0; i < lines.length; i += lines.length > 20_000 ? STRIDE : 1) {
        const fields = lines[i]!.split(' ');
        const flags = fields.pop()!;
        const result = fields.pop()!;
        env.flags = 0;
        const got = Operations[name]!(env, fields);
        const gotFlags = hex(suiteFlags(env.flags), 2);
        if (got !== result || gotFlags !== flags) wrong.push(`${lines[i]} but ${got} ${gotFlags}`);
      }
      expect(lines.length).toBeGreaterThan(100);
      expect(wrong.slice(0, 8)).toEqual([]);
    }, 120_000);
  }
});
