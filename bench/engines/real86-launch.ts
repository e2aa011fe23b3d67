/**
 * Runs the child from bytecode, as the command is run that users install: `node real86-launch.mjs BUNDLE ARGUMENTS`. `--precompile` in place of arguments makes the
 * bytecode.
 */
import { precompiled, writeBytecode } from '../../src/cli/precompiled.ts';

type Child = typeof import('./real86-child.ts');

const [bundle, ...args] = process.argv.slice(2) as [string, ...string[]];
if (args[0] === '--precompile') await writeBytecode(bundle);
else precompiled<Child>(bundle).evaluate().main(args);
