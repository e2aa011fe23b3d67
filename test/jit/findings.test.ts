/** Programs that once parted interpreter and JIT, as the fuzzer left them: see fuzz/main.ts. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compare } from './fuzz/compare.ts';
import { parseCase } from './fuzz/report.ts';

const FOLDER = 'test/jit/findings';

it.each(readdirSync(FOLDER))('%s', name => {
  expect(compare(parseCase(readFileSync(`${FOLDER}/${name}`, 'utf8'))).difference).toBeUndefined();
});
