/**
 * The command without the start of a process each time: `resident.mjs MODULE`, forked, takes arguments as messages and answers each with the exit code and what was
 * written to stdout and stderr, also by descriptor. MODULE is main.js as built.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { pathToFileURL } from 'node:url';

const written = { 1: [], 2: [] };
const take = (descriptor, data) =>
  written[descriptor].push(typeof data === 'string' ? Buffer.from(data) : data.slice());
const text = descriptor => Buffer.concat(written[descriptor].splice(0)).toString('utf8');

const { writeSync } = fs;
fs.writeSync = (descriptor, data, offset = 0, ...rest) => {
  if (!(descriptor in written)) return writeSync(descriptor, data, offset, ...rest);
  const part = typeof data === 'string' ? data : data.subarray(offset);
  take(descriptor, part);
  return part.length;
};
syncBuiltinESMExports();
for (const [descriptor, stream] of [
  [1, process.stdout],
  [2, process.stderr],
])
  stream.write = data => {
    take(descriptor, data);
    return true;
  };

const { main } = await import(pathToFileURL(process.argv[2]).href);
process.on('message', async args => {
  const code = await main(args);
  process.send({ code, signal: null, stdout: text(1), stderr: text(2) });
});
