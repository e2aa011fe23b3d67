/**
 * Runs the child from bytecode, as the command is run that users install: `node real86-launch.mjs BUNDLE ARGUMENTS`. `--precompile` before the arguments makes the
 * bytecode, of what a run with these takes.
 */
import { precompiled, writeBytecode } from '../../src/cli/precompiled.ts';

type Child = typeof import('./real86-child.ts');

const [bundle, ...args] = process.argv.slice(2) as [string, ...string[]];
if (args[0] === '--precompile') await writeBytecode<Child>(bundle, ({ main }) => main(args.slice(1)));
else precompiled<Child>(bundle).evaluate().main(args);
